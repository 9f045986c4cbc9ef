import type { Plan, ZoneLimit } from '../domain/plan.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';

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
  return [
    ...[...touched.keys()]
      .filter((zone) => !names.includes(zone))
      .map((zone) => `zone ${zone}: has no limit`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `zone ${name}: has two limits`),
    ...ids
      .filter((id, index) => ids.indexOf(id) !== index)
      .map((id) => `two acknowledgements are called ${id}`),
    ...plan.zones.flatMap((limit) => lintZone(limit, touched.get(limit.zone), plan, ranch, unreachable)),
  ];
}

interface Touched {
  readonly hosts: Set<string>;
  goesDown: boolean;
}

function lintZone(
  limit: ZoneLimit,
  touched: Touched | undefined,
  plan: Plan,
  ranch: Ranch,
  unreachable: ReadonlySet<string>,
): readonly string[] {
  const { zone, size, quorum, maxDown, budget } = limit;
  if (touched === undefined) return [`zone ${zone}: has a limit, but no host in the plan`];
  const complaints: string[] = [];
  const members = ranch.hosts.filter((host) => host.zone === zone);
  const counts = (host: HostSpec): boolean => host.expect === 'present' || touched.hosts.has(host.name);
  const expected = members.filter(counts);
  if (size !== expected.length)
    complaints.push(`zone ${zone}: is taken for ${size} hosts and has ${expected.length}`);
  const written = ranch.zones.find((each) => each.name === zone)?.quorum;
  const { kind } = quorum;
  const same = written === undefined || (kind === written.kind && amountOf(quorum) === amountOf(written));
  if (!same) complaints.push(`zone ${zone}: its quorum is not the inventory's`);
  const stay = kind === 'count' ? Math.min(quorum.count, size) : Math.ceil((quorum.percent * size) / 100);
  const gone = expected.filter((host) => unreachable.has(host.name)).length;
  const spare = size - stay - gone;
  if (!Number.isInteger(maxDown) || maxDown < 1 || maxDown > Math.max(1, spare)) {
    complaints.push(`zone ${zone}: ${maxDown} hosts may be down, but it can spare ${spare}`);
  }
  if (!Number.isInteger(budget) || budget < 0 || budget > Math.min(plan.budget, touched.hosts.size)) {
    complaints.push(`zone ${zone}: ${budget} of its hosts may fail, more than the plan allows`);
  }
  const asked = plan.acknowledgements.some((each) => each.id === `downtime:${zone}`);
  if (touched.goesDown && spare < 1 && !asked)
    complaints.push(`zone ${zone}: its downtime is not acknowledged`);
  return complaints;
}

function amountOf(share: ZoneLimit['quorum']): number {
  return share.kind === 'count' ? share.count : share.percent;
}
