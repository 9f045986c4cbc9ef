import type { HostName } from '../domain/brand.ts';
import type { Observation } from '../domain/observation.ts';
import type { Acknowledgement, PlanOptions, ZoneLimit } from '../domain/plan.ts';
import type { HostSpec, Ranch, ZoneSpec } from '../domain/ranch.ts';
import { ceilShare, type Share, showShare } from '../domain/share.ts';
import { zoneBudget } from './budget.ts';
import { groupBy } from './group-by.ts';
import type { PlannedHost } from './host-draft.ts';

/** What must stay up of a zone that the inventory says nothing of: half, as the inventory's own default is. */
const DEFAULT_QUORUM: Share = { kind: 'percent', percent: 50 };

/** A zone during this plan: its limit, and what the limit comes from. */
export interface ZoneRoom {
  readonly limit: ZoneLimit;
  /** Hosts of the zone that do not serve already. */
  readonly down: number;
  /** Hosts that may go down without touching the quorum; 0 or less: none, and one at a time goes all the same. */
  readonly room: number;
}

/** Gives zones as the inventory has them, with defaults. Made once a plan: a ranch can have as many zones as hosts. */
export function zoneSpecs(ranch: Ranch): (name: string) => ZoneSpec {
  const zones = new Map(ranch.zones.map((zone) => [zone.name, zone]));
  return (name) => zones.get(name) ?? { name, quorum: DEFAULT_QUORUM, after: [] };
}

/** Unreachable, or reached with services of SQ of which none runs: it does not count among those that are up. */
function isDown(observation: Observation | undefined): boolean {
  if (observation === undefined) return false;
  if (observation.kind === 'unreachable') return true;
  return observation.servers.length === 0 && observation.stopped.length > 0;
}

/**
 * The limits of each zone that the plan touches, frozen here. A zone's size is its hosts in the inventory, less those
 * expected to be absent (unless this plan takes them in). What is down already uses up room; at least one host may
 * always go, else a zone of one could never be upgraded: that is acknowledged instead.
 */
export function zoneRooms(
  ranch: Ranch,
  planned: readonly PlannedHost[],
  observations: ReadonlyMap<HostName, Observation>,
  options: PlanOptions,
  budget: number,
): ReadonlyMap<string, ZoneRoom> {
  const touched = groupBy(planned, (host) => host.spec.zone);
  const taken = new Set(planned.map((host) => host.spec.name));
  const members = groupBy(
    ranch.hosts.filter((host) => host.expect === 'present' || taken.has(host.name)),
    (host) => host.zone,
  );
  const rooms = new Map<string, ZoneRoom>();
  const specOf = zoneSpecs(ranch);
  for (const [zone, hosts] of touched) {
    const all: readonly HostSpec[] = members.get(zone) ?? [];
    const { quorum } = specOf(zone);
    const down = all.filter((host) => isDown(observations.get(host.name))).length;
    const room = all.length - ceilShare(quorum, all.length) - down;
    const share = zoneBudget(options.budget, hosts.length, budget);
    const limit = { zone, size: all.length, quorum, maxDown: Math.max(1, room), budget: share };
    rooms.set(zone, { limit, down, room });
  }
  return rooms;
}

/** What the user has to agree to: zones in which a host goes down without room for it in the quorum. */
export function zoneAcknowledgements(
  rooms: ReadonlyMap<string, ZoneRoom>,
  planned: readonly PlannedHost[],
): readonly Acknowledgement[] {
  const hosts = groupBy(planned, (host) => host.spec.zone);
  return [...rooms.values()].flatMap(({ limit, down, room }) => {
    const { zone, size, quorum } = limit;
    const going = hosts.get(zone) ?? [];
    const ms = Math.max(0, ...going.flatMap((host) => host.units.map((unit) => unit.downtimeMs)));
    if (room >= 1 || ms === 0) return [];
    const already = down > 0 ? ` (${down} down already)` : '';
    const text =
      size === 1
        ? `zone ${zone} has one host, ${going[0]?.spec.name}: each of its servers will not answer for about ${ms} ms`
        : `zone ${zone}: quorum ${showShare(quorum)} of ${size} leaves no room${already}: its hosts go one at a time, and each server will not answer for about ${ms} ms`;
    return [{ id: `downtime:${zone}`, text }];
  });
}
