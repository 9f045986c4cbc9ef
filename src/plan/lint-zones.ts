import type { Plan, ZoneLimit } from '../domain/plan.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';
import type { Share } from '../domain/share.ts';

/** Zone limits: one for each zone that is touched, as the inventory says, and what they leave acknowledged. */
export function lintZones(plan: Plan, ranch: Ranch): readonly string[] {
  const touched = new Map<string, Touched>();
  for (const host of plan.waves.flatMap((wave) => wave.hosts)) {
    const zone = touched.get(host.zone) ?? { hosts: new Set(), goesDown: false };
    touched.set(host.zone, zone);
    zone.hosts.add(host.host);
    zone.goesDown ||= host.units.some((unit) =>
      unit.instances.some((instance) => instance.pid !== undefined),
    );
  }
  const ids = plan.acknowledgements.map((each) => each.id);
  const names = plan.zones.map((zone) => zone.zone);
  const unreachable = new Set<string>(
    plan.excluded.filter((each) => each.state === 'unreachable').map((each) => each.host),
  );
  const facts: Facts = {
    members: membersOf(ranch),
    quorums: new Map(ranch.zones.map((zone) => [zone.name, zone.quorum])),
    unreachable,
    acknowledged: new Set(ids),
  };
  return [
    ...missingFrom(touched.keys(), names).map((zone) => `zone ${zone}: has no limit`),
    ...repeated(names).map((name) => `zone ${name}: has two limits`),
    ...repeated(ids).map((id) => `two acknowledgements are called ${id}`),
    ...plan.zones.flatMap((limit) => lintZone(limit, touched.get(limit.zone), plan.budget, facts)),
  ];
}

function missingFrom(wanted: Iterable<string>, names: readonly string[]): readonly string[] {
  const there = new Set(names);
  return [...wanted].filter((name) => !there.has(name));
}

function membersOf(ranch: Ranch): ReadonlyMap<string, readonly HostSpec[]> {
  const members = new Map<string, HostSpec[]>();
  for (const host of ranch.hosts) {
    const zone = members.get(host.zone);
    if (zone) zone.push(host);
    else members.set(host.zone, [host]);
  }
  return members;
}

function repeated(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** What is looked up for each zone, of which there can be as many as hosts. */
interface Facts {
  readonly members: ReadonlyMap<string, readonly HostSpec[]>;
  readonly quorums: ReadonlyMap<string, Share>;
  readonly unreachable: ReadonlySet<string>;
  readonly acknowledged: ReadonlySet<string>;
}

interface Touched {
  readonly hosts: Set<string>;
  goesDown: boolean;
}

function lintZone(
  limit: ZoneLimit,
  touched: Touched | undefined,
  wholeBudget: number,
  { members, quorums, unreachable, acknowledged }: Facts,
): readonly string[] {
  const { zone, size, quorum, maxDown, budget } = limit;
  if (touched === undefined) return [`zone ${zone}: has a limit, but no host in the plan`];
  const complaints: string[] = [];
  const counts = (host: HostSpec): boolean => host.expect === 'present' || touched.hosts.has(host.name);
  const expected = (members.get(zone) ?? []).filter(counts);
  if (size !== expected.length)
    complaints.push(`zone ${zone}: is taken for ${size} hosts and has ${expected.length}`);
  const written = quorums.get(zone);
  const { kind } = quorum;
  const same = written === undefined || (kind === written.kind && amountOf(quorum) === amountOf(written));
  if (!same) complaints.push(`zone ${zone}: its quorum is not the inventory's`);
  const stay = kind === 'count' ? Math.min(quorum.count, size) : Math.ceil((quorum.percent * size) / 100);
  const gone = expected.filter((host) => unreachable.has(host.name)).length;
  const spare = size - stay - gone;
  if (!Number.isInteger(maxDown) || maxDown < 1 || maxDown > Math.max(1, spare)) {
    complaints.push(`zone ${zone}: ${maxDown} hosts may be down, but it can spare ${spare}`);
  }
  if (!Number.isInteger(budget) || budget < 0 || budget > Math.min(wholeBudget, touched.hosts.size)) {
    complaints.push(`zone ${zone}: ${budget} of its hosts may fail, more than the plan allows`);
  }
  const asked = acknowledged.has(`downtime:${zone}`);
  if (touched.goesDown && spare < 1 && !asked)
    complaints.push(`zone ${zone}: its downtime is not acknowledged`);
  return complaints;
}

function amountOf(share: ZoneLimit['quorum']): number {
  return share.kind === 'count' ? share.count : share.percent;
}
