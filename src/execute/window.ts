import type { HostName } from '../domain/brand.ts';
import type { HostPlan, Plan, Wave } from '../domain/plan.ts';
import type { Outcome } from '../domain/rollout.ts';
import { allWaitedFor } from '../domain/waited-for.ts';
import { isBad } from './tally.ts';

/** Where the hosts of a rollout stand while a wave is under way. */
export interface Standing {
  readonly inFlight: ReadonlySet<HostName>;
  readonly outcomes: ReadonlyMap<HostName, Outcome>;
}

/** Hosts that serve nothing for certain: in flight, or ended in a way that may have left them down. */
function isDown(standing: Standing, host: HostName): boolean {
  const outcome = standing.outcomes.get(host);
  return standing.inFlight.has(host) || outcome === 'failed' || outcome === 'unreachable';
}

function zoneHasRoom(plan: Plan, standing: Standing, next: HostPlan): boolean {
  const limit = plan.zones.find(({ zone }) => zone === next.zone);
  if (!limit) return true;
  const members = plan.waves.flatMap(({ hosts }) => hosts.filter(({ zone }) => zone === next.zone));
  const down = members.filter(({ host }) => isDown(standing, host)).length;
  return down < limit.maxDown;
}

/** A host waits for those it comes after: all of them have to have ended well. */
function mayStart(plan: Plan, standing: Standing, next: HostPlan): boolean {
  return allWaitedFor(plan, next, (host) => {
    const outcome = standing.outcomes.get(host);
    return outcome !== undefined && !isBad(outcome) && outcome !== 'skipped';
  });
}

/**
 * The next host of a wave that may start now: the first in the plan's order for which there is room, in the window
 * and in its zone. A slow host holds up nobody else.
 */
export function nextHost(
  plan: Plan,
  wave: Wave,
  standing: Standing,
  waiting: readonly HostPlan[],
): HostPlan | undefined {
  if (standing.inFlight.size >= wave.maxParallel) return undefined;
  return waiting.find((next) => mayStart(plan, standing, next) && zoneHasRoom(plan, standing, next));
}
