import { checkAsked, checkFact, type MayTakeOver, overdue } from './check-facts.ts';
import { beginTold, checkEvent, checkSwitch, checkWords, type Told } from './check-journal.ts';
import { type Account, checkContent, checkEnd, checkRest } from './check-rest.ts';
import type { Entry } from './chronicle.ts';
import type { HostState } from './host-state.ts';
import { fromOf, nameOf, standing } from './inventory.ts';
import type { Scenario } from './scenario.ts';
import { begin, follow } from './unit-history.ts';
import { AT_REST, type Run } from './world.ts';

type HostEntry = Extract<Entry, { readonly kind: 'host' }>;

/** A controller was stopped for a while: on each host one request of its may have been about to leave. */
function stalledRequest(text: string): boolean {
  return text.includes(': stall at ');
}

function accounts({ hosts }: Scenario, entries: readonly Entry[]): ReadonlyMap<string, Account> {
  const byHost = new Map<string, HostEntry[]>(hosts.map((_, index) => [nameOf(index), []]));
  for (const entry of entries) if (entry.kind === 'host') byHost.get(entry.host)?.push(entry);
  return new Map(
    hosts.map((shape, index) => {
      const units = standing(shape, index).units.map(({ binary, instances }) => {
        const ports = instances.map(({ port }) => port);
        return [binary, begin(binary, fromOf(shape), ports)] as const;
      });
      const host = nameOf(index);
      const late = entries.filter((entry) => entry.kind === 'note' && stalledRequest(entry.text)).length;
      const account = { host, shape, index, entries: byHost.get(host) ?? [], units: new Map(units) };
      return [host, { ...account, late: { left: late, any: late > 0 } }];
    }),
  );
}

/** One thing that a host noted, for each unit that it concerns. */
function checkHost(
  { at, fact }: HostEntry,
  { host, units, late }: Account,
  rollouts: ReadonlyMap<string, Told>,
  mayTakeOver: MayTakeOver,
): readonly string[] {
  const found: string[] = [];
  if (fact.kind === 'asked') found.push(...checkAsked(fact, late));
  for (const history of units.values()) {
    if ('unit' in fact && fact.unit !== history.unit) continue;
    found.push(...checkFact(history, fact, at, mayTakeOver));
    follow(history, fact);
  }
  if (fact.kind === 'switching') {
    const told = rollouts.get(fact.holder);
    if (told) found.push(...checkSwitch(told, host));
  }
  return found.map((what) => `${at} ms, ${host}: ${what}`);
}

function places(
  states: readonly HostState[],
  all: ReadonlyMap<string, Account>,
  judge: (state: HostState, account: Account) => readonly string[],
  when: string,
): readonly string[] {
  return states.flatMap((state) => {
    const account = all.get(state.host);
    return account ? judge(state, account).map((what) => `${when}, ${state.host}: ${what}`) : [];
  });
}

/** Goes through a run in the order of what happened. */
function checkStory(run: Run, all: ReadonlyMap<string, Account>): readonly string[] {
  const rollouts = new Map(
    run.operators.flatMap(({ rollout, plan }) => (plan ? [[String(rollout), beginTold(plan)] as const] : [])),
  );
  const ended = new Set<string>();
  const mayTakeOver: MayTakeOver = (taker, from) => {
    const before = run.operators.find(({ rollout }) => rollout === taker)?.before ?? [];
    return ended.has(from) && before.some(({ rollout }) => rollout === from);
  };
  const found: string[] = [];
  for (const entry of run.chronicle.entries) {
    // What is at rest is judged by the account up to then: somebody comes to mend it later.
    if (entry.kind === 'note' && entry.text === AT_REST)
      found.push(...places(run.rest, all, checkRest, AT_REST));
    else if (entry.kind === 'host') {
      const account = all.get(entry.host);
      if (account) found.push(...checkHost(entry, account, rollouts, mayTakeOver));
    } else if (entry.kind === 'journal') {
      const told = rollouts.get(entry.rollout);
      const { event } = entry;
      if (event.type === 'rollout-ended') ended.add(entry.rollout);
      const history = 'unit' in event ? all.get(event.host)?.units.get(event.unit) : undefined;
      const wrong = [...checkWords(event), ...(told ? checkEvent(told, event, history) : [])];
      found.push(...wrong.map((what) => `${entry.at} ms, ${entry.rollout}: ${what}`));
    }
  }
  const end = run.chronicle.entries.at(-1)?.at ?? 0;
  for (const { host, units } of all.values()) {
    for (const history of units.values())
      found.push(...overdue(history, end).map((what) => `${host}: ${what}`));
  }
  return found;
}

/**
 * Judges a run by the promises of the design: by what the hosts noted of themselves and by the journals, never by the
 * executor's own state. Empty when all of them were kept.
 */
export function check(run: Run): readonly string[] {
  const all = accounts(run.scenario, run.chronicle.entries);
  const story = checkStory(run, all);
  const good = run.scenario.build === 'good';
  return [
    ...run.troubles,
    ...story,
    ...places(run.end, all, (state, account) => checkEnd(state, account, good), 'at the end'),
    ...places(run.end, all, checkContent, 'at the end'),
  ];
}
