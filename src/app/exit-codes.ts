import { type HostDrift, isDrift } from '../domain/drift.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { RolloutUnitRecord } from '../domain/records.ts';
import type { Executed } from './execute-plan.ts';

/**
 * The exit code of a plan that was carried out, or that had nothing to do: hosts that it could not reach, or that it
 * would have changed and may not, are no success.
 */
export function planExit({ excluded }: Plan): ExitCode {
  if (excluded.some(({ blocked }) => blocked)) return EXIT.failed;
  return excluded.some(({ state }) => state === 'unreachable') ? EXIT.unreachable : EXIT.ok;
}

/** The exit code of a rollout: never better than it was. */
export function rolloutExit({ end, detail }: Executed): ExitCode {
  if (end.kind === 'paused') return end.reason === 'interrupted' ? EXIT.interrupted : EXIT.paused;
  if (end.outcome === 'completed') return planExit(detail.plan);
  const bad = detail.units.filter(
    ({ outcome }) => outcome && outcome !== 'changed' && outcome !== 'unchanged' && outcome !== 'skipped',
  );
  const all = (is: (unit: RolloutUnitRecord) => boolean): boolean => bad.length > 0 && bad.every(is);
  if (all(({ outcome }) => outcome === 'reverted')) return EXIT.rolledBack;
  if (all(({ outcome }) => outcome === 'unreachable')) return EXIT.unreachable;
  if (all(({ outcome }) => outcome === 'inconclusive')) return EXIT.paused;
  if (all(({ trouble }) => trouble?.code === 'host-locked')) return EXIT.locked;
  return EXIT.failed;
}

/**
 * The exit code of `ranch abort` where it ends a rollout itself: 0 when every host is as it was or as it was confirmed,
 * else that of the rollout.
 */
export function abortExit(executed: Executed): ExitCode {
  const settled = executed.detail.units.every(
    ({ outcome }) => outcome !== 'failed' && outcome !== 'unreachable' && outcome !== 'inconclusive',
  );
  return executed.end.kind === 'ended' && settled ? EXIT.ok : rolloutExit(executed);
}

/** The exit code of a sweep: hosts that should be there and are not. */
export function sweepExit(drifts: readonly HostDrift[]): ExitCode {
  return drifts.some(({ state }) => state === 'unreachable') ? EXIT.unreachable : EXIT.ok;
}

/** The exit code of `drift --exit-code`. */
export function driftExit(drifts: readonly HostDrift[]): ExitCode {
  return drifts.some(({ state }) => isDrift(state)) ? EXIT.drift : EXIT.ok;
}
