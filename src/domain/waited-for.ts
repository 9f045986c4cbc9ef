import type { HostName } from './brand.ts';
import type { HostPlan, Plan } from './plan.ts';

/** The planned hosts of each zone: all, and those that do not wait for the rest of it. Made once a plan. */
interface Members {
  readonly all: HostName[];
  readonly first: HostName[];
}

const known = new WeakMap<Plan['waves'], ReadonlyMap<string, Members>>();

function membersOf({ waves }: Pick<Plan, 'waves'>): ReadonlyMap<string, Members> {
  const before = known.get(waves);
  if (before) return before;
  const zones = new Map<string, Members>();
  for (const { host, zone, afterZones } of waves.flatMap(({ hosts }) => hosts)) {
    const members = zones.get(zone) ?? { all: [], first: [] };
    zones.set(zone, members);
    members.all.push(host);
    if (!afterZones?.includes(zone)) members.first.push(host);
  }
  known.set(waves, zones);
  return zones;
}

/** The hosts behind one of a host's `afterZones`. */
export function waitedForIn(plan: Pick<Plan, 'waves'>, host: HostPlan, zone: string): readonly HostName[] {
  const members = membersOf(plan).get(zone);
  return (zone === host.zone ? members?.first : members?.all) ?? [];
}

/** True when each host that this one comes after is as it should be. */
export function allWaitedFor(
  plan: Pick<Plan, 'waves'>,
  host: HostPlan,
  is: (name: HostName) => boolean,
): boolean {
  return (
    host.after.every(is) && (host.afterZones ?? []).every((zone) => waitedForIn(plan, host, zone).every(is))
  );
}
