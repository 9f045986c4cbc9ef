import type { Plan } from '../../src/domain/plan.ts';
import type { Outcome, RolloutEvent, RolloutOutcome } from '../../src/domain/rollout.ts';
import type { UnitHistory } from './unit-history.ts';

type UnitEnded = Extract<RolloutEvent, { readonly type: 'unit-ended' }>;

/** How one rollout stands by its journal, up to one moment. */
export interface Told {
  readonly plan: Plan;
  readonly outcomes: Map<string, Outcome>;
  readonly behind: Set<string>;
  /** Waves whose gate answered and after which it paused. */
  gate: string | undefined;
}

export function beginTold(plan: Plan): Told {
  return { plan, outcomes: new Map(), behind: new Set(), gate: undefined };
}

function unitOf(plan: Plan, event: UnitEnded) {
  const hosts = plan.waves.flatMap((wave) => wave.hosts);
  return hosts.find(({ host }) => host === event.host)?.units.find(({ binary }) => binary === event.unit);
}

/** An outcome against the host's own account: it may not be told better than it was. */
function checkOutcome(told: Told, event: UnitEnded, history: UnitHistory): readonly string[] {
  const unit = unitOf(told.plan, event);
  if (!unit) return [`${event.unit} is not in the plan`];
  const confirmed = history.confirmedBy.get(event.rollout);
  const here = `${event.host} ${event.unit} was told ${event.outcome}`;
  switch (event.outcome) {
    case 'changed':
      // Where a rival with a journal of its own has confirmed the same release since, both tell it: it is true.
      if (confirmed === unit.to.sha256 || history.confirmed === unit.to.sha256) return [];
      return [`${here}, and was confirmed on ${confirmed ?? 'nothing'}`];
    case 'reverted': {
      const left = history.leftBy.get(event.rollout) ?? { live: history.live, running: [] };
      const others = left.running.filter((sha) => sha !== unit.from?.sha256);
      if (left.live !== unit.from?.sha256) return [`${here}, and ${left.live ?? 'nothing'} lies there`];
      return others.length > 0 ? [`${here}, and ${others.length} instances run another binary`] : [];
    }
    case 'skipped':
    case 'unchanged':
    case 'inconclusive':
      return confirmed === unit.to.sha256 ? [`${here}, and was changed`] : [];
    default:
      return [];
  }
}

/** A whole rollout's outcome against those of its units. */
function checkEnd(told: Told, outcome: RolloutOutcome): readonly string[] {
  const all = told.plan.waves.flatMap(({ hosts }) =>
    hosts.flatMap(({ host, units }) => units.map(({ binary }) => told.outcomes.get(`${host} ${binary}`))),
  );
  const lacking = all.filter((each) => each === undefined).length;
  if (lacking > 0) return [`ended ${outcome}, and ${lacking} units never ended`];
  const other = all.find((each) => {
    if (outcome === 'completed') return each !== 'changed' && each !== 'unchanged';
    return outcome === 'reverted' && each !== 'reverted' && each !== 'skipped';
  });
  return other === undefined ? [] : [`ended ${outcome}, and a unit is ${other}`];
}

/** One more event of a rollout, judged and taken in. */
export function checkEvent(
  told: Told,
  event: RolloutEvent,
  history: UnitHistory | undefined,
): readonly string[] {
  switch (event.type) {
    case 'unit-ended':
      told.outcomes.set(`${event.host} ${event.unit}`, event.outcome);
      return history ? checkOutcome(told, event, history) : [`${event.host} has no ${event.unit}`];
    case 'gate-answered':
      told.gate = event.wave;
      return [];
    case 'wave-ended':
      told.behind.add(event.wave);
      return [];
    case 'rollout-paused':
      // With `on_failure: pause` going on after the gate is the user's own decision.
      if (told.plan.options.onFailure === 'pause' && told.gate !== undefined) told.behind.add(told.gate);
      return [];
    case 'rollout-ended':
      return checkEnd(told, event.outcome);
    default:
      return [];
  }
}

/** Outcomes that a budget counts. */
const BAD: readonly (Outcome | undefined)[] = ['failed', 'reverted', 'unreachable', 'inconclusive'];

/** Waves that a rollout has behind it, and that ought to have stopped it: more went wrong there than it may. */
function overrun({ plan, outcomes }: Told, before: Plan['waves']): readonly string[] {
  const bad = (wave: Plan['waves'][number]) =>
    wave.hosts.filter(({ host, units }) =>
      units.some(({ binary }) => BAD.includes(outcomes.get(`${host} ${binary}`))),
    ).length;
  const canaries = before.filter((wave) => wave.canary && bad(wave) > 0);
  const all = before.reduce((sum, wave) => sum + bad(wave), 0);
  return [
    ...canaries.map(({ name }) => `went on after ${name}, in which a canary failed`),
    ...(all > plan.budget ? [`went on after ${all} hosts had failed, with a budget of ${plan.budget}`] : []),
  ];
}

/** A switch of a rollout's: every wave before its host's own has to be behind it, and well enough. */
export function checkSwitch(told: Told, host: string): readonly string[] {
  const at = told.plan.waves.findIndex((wave) => wave.hosts.some((each) => each.host === host));
  const before = told.plan.waves.slice(0, Math.max(0, at));
  const open = before.filter(({ name }) => !told.behind.has(name));
  return [
    ...open.map(({ name }) => `${host} was switched while wave ${name} was not behind`),
    // With `on_failure: pause` the user goes on knowingly.
    ...(told.plan.options.onFailure === 'pause' ? [] : overrun(told, before)),
  ];
}

/** What must never stand in a journal: a key, and a defect of the program told as a failure of a host's. */
export function checkWords(event: RolloutEvent): readonly string[] {
  const told = JSON.stringify(event).includes('secret-of-') ? [`a key stands in ${event.type}`] : [];
  const code = 'trouble' in event ? event.trouble?.code : undefined;
  if (code === 'internal' || code === 'illegal-transition')
    told.push(`${event.type} tells of a defect: ${code}`);
  return told;
}
