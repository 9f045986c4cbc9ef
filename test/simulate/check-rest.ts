import type { Sha256 } from '../../src/domain/brand.ts';
import { NEW } from '../plan/given.ts';
import type { Late } from './check-facts.ts';
import type { Entry } from './chronicle.ts';
import { FIRST_SCROLLS, scrollAt } from './clients.ts';
import type { HostState } from './host-state.ts';
import { fromOf, standing } from './inventory.ts';
import type { HostShape } from './scenario.ts';
import type { UnitHistory } from './unit-history.ts';

/** Whoever ends a process for reasons of its own: what is lost with it is not ranch's doing. */
const NOT_OURS = ['power', 'crash', 'person', 'service'];

/**
 * Scrolls that SQ acknowledged and could not save, because its disk was full, are gone with the process: whoever ends
 * it. On a disk that is full nothing is ended; one that has room again tells a host nothing of what it did not take before. A
 * switch, which asks SQ itself, is judged where it happens (`check-facts.ts`). The rest is counted, and told at the end.
 */
export function unsaved(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => {
    if (entry.kind !== 'host') return sum;
    const { fact } = entry;
    if (fact.kind === 'evicted') return sum + fact.lost.length;
    const ours = fact.kind === 'stopped' && !NOT_OURS.includes(fact.by);
    return ours ? sum + fact.lost.length : sum;
  }, 0);
}

/** One host's own account, and who ended what on it. */
export interface Account {
  readonly host: string;
  readonly shape: HostShape;
  readonly index: number;
  readonly entries: readonly Extract<Entry, { readonly kind: 'host' }>[];
  readonly units: ReadonlyMap<string, UnitHistory>;
  readonly late: Late;
}

/** When all is at rest and nobody has come to mend: what is armed has been decided, what was tried has ended. */
export function checkRest(state: HostState, account: Account): readonly string[] {
  return state.units.flatMap(({ unit, arming, timer, scratch, live }) => {
    const told: string[] = [];
    const history = account.units.get(unit);
    if (timer) told.push(`${unit}: a timer runs`);
    if (scratch > 0) told.push(`${unit}: ${scratch} scratch servers run`);
    if (arming === 'armed' && history?.arming?.overtaken === false && history.arming.switched)
      told.push(`${unit}: still armed`);
    // A way back that failed says so, and waits for a person.
    const others = [...(history?.running.values() ?? [])].filter((sha) => sha !== live);
    if (arming !== 'reverting' && others.length > 0)
      told.push(`${unit}: ${others.length} instances run another binary than lies there`);
    if (live !== undefined && !verified(account, live)) told.push(`${unit}: ${live} lies there`);
    return told;
  });
}

function verified({ shape }: Account, sha: Sha256): boolean {
  return sha === NEW || sha === fromOf(shape);
}

/** After somebody came: nothing is left over, and all that is installed runs what lies there. */
export function checkEnd(state: HostState, account: Account, goodBuild: boolean): readonly string[] {
  const told = state.units.flatMap(({ unit, arming, lease }) => [
    ...(arming === undefined ? [] : [`${unit}: ${arming} at the end`]),
    ...(lease === undefined ? [] : [`${unit}: ${lease} holds the lease at the end`]),
  ]);
  for (const { binary, instances } of standing(account.shape, account.index).units) {
    const live = state.units.find(({ unit }) => unit === binary)?.live;
    for (const { port } of instances) {
      const runs = state.running.get(port);
      if (runs !== undefined && runs !== live) told.push(`port ${port} runs ${runs}, ${live} lies there`);
      if (runs !== undefined && goodBuild && runs !== NEW && !account.shape.endsTimers)
        told.push(`port ${port} is not on the target`);
      if (runs === undefined && live !== undefined && !excused(account, port, goodBuild))
        told.push(`port ${port} is down`);
    }
  }
  return told;
}

/** An instance that is down, and that no plan starts on a build that is no good: somebody else ended it. */
function excused({ entries, shape }: Account, port: number, goodBuild: boolean): boolean {
  // Where no timer outlives a logout nothing is ever switched, and a unit that fails is the last of its host.
  if (goodBuild && !shape.endsTimers) return false;
  const stops = entries.filter(({ fact }) => fact.kind === 'stopped' && fact.port === port);
  const last = stops.at(-1)?.fact;
  return (
    (shape.from === 'none' && last === undefined) || (last?.kind === 'stopped' && NOT_OURS.includes(last.by))
  );
}

function scrollsOf(account: Account, port: number, whose: 'wrote' | 'lost'): ReadonlySet<string> {
  const found = account.entries.flatMap(({ fact }) => {
    if (whose === 'wrote') return fact.kind === 'wrote' && fact.port === port ? [fact.scroll] : [];
    return (fact.kind === 'stopped' || fact.kind === 'evicted') && fact.port === port ? fact.lost : [];
  });
  return new Set(found);
}

/** Every write that was acknowledged and saved is there at the end. */
export function checkContent(state: HostState, account: Account): readonly string[] {
  const first = Array.from({ length: FIRST_SCROLLS }, (_, at) => scrollAt(at));
  return standing(account.shape, account.index).units.flatMap(({ instances }) =>
    instances.flatMap(({ port, dataDir }) => {
      const files = state.files.get(dataDir);
      const lost = scrollsOf(account, port, 'lost');
      const there = files?.get('a');
      const gone = [...first, ...scrollsOf(account, port, 'wrote')].filter(
        (scroll) => there?.has(scroll) !== true && !lost.has(scroll),
      );
      // A request that came late can bring a scratch phext of a smoke test back.
      const ghosts = [...(files?.keys() ?? [])].filter(
        (name) => name !== 'a' && !(account.late.any && name.startsWith('ranch-smoke-')),
      );
      return [
        ...(gone.length > 0 ? [`port ${port}: ${gone.length} acknowledged writes are gone`] : []),
        ...(ghosts.length > 0 ? [`port ${port}: ${ghosts.join(', ')} was left`] : []),
      ];
    }),
  );
}
