import type { HostName } from '../domain/brand.ts';
import type { HostPlan, PlanOptions, Wave } from '../domain/plan.ts';
import type { HostSpec, Ranch, ZoneSpec } from '../domain/ranch.ts';
import { showShare } from '../domain/share.ts';
import { canaryCount } from './budget.ts';
import { fingerprint } from './fingerprint.ts';
import { groupBy } from './group-by.ts';
import type { PlannedHost } from './host-draft.ts';
import { isLastOfZone, ranksOf } from './order.ts';
import { type ZoneRoom, zoneSpecs } from './zones.ts';

/** What the waves are made of. */
export interface WaveParts {
  readonly ranch: Ranch;
  /** In the order of the inventory. */
  readonly planned: readonly PlannedHost[];
  readonly options: PlanOptions;
  readonly rooms: ReadonlyMap<string, ZoneRoom>;
}

/** The names that `after` may take for zones. */
function zoneNames(ranch: Ranch): ReadonlySet<string> {
  return new Set([...ranch.zones.map((zone) => zone.name), ...ranch.hosts.map((host) => host.zone)]);
}

interface Placed {
  readonly host: PlannedHost;
  readonly place: readonly string[];
}

/**
 * The canary wave, then one wave for each level of `after`: zones of one level share a wave, a host that waits for
 * another host comes a wave later. Waves run one after another. Throws `inventory-invalid` on a circle.
 */
export function makeWaves(parts: WaveParts): readonly Wave[] {
  const { planned, ranch } = parts;
  const canaries = chooseCanaries(parts);
  const expand = expander(parts);
  const zones = zoneNames(ranch);
  const specOf = zoneSpecs(ranch);
  const first = planned.flatMap((host): Placed[] => {
    const why = canaries.get(host.spec.name);
    return why === undefined ? [] : [{ host, place: [why] }];
  });
  const rest = planned.filter((host) => !canaries.has(host.spec.name));
  const ranks = ranksOf(ranch, new Set(rest.map((host) => host.spec.name)));
  const levels = groupBy(rest, (host) => ranks.get(host.spec.name) ?? 0);
  const names = new Map<string, number>();
  const waves = [...levels]
    .sort(([a], [b]) => a - b)
    .map(([, hosts]) => {
      const placed = hosts.map((host) => ({
        host,
        place: waits(host.spec, specOf(host.spec.zone), zones, canaries.size > 0, expand),
      }));
      return wave(waveName(hosts, names), false, placed, parts, expand);
    });
  return first.length === 0 ? waves : [wave('canary', true, first, parts, expand), ...waves];
}

/**
 * Who goes first: hosts tagged `canary`, then the first of the zone that comes first. Only hosts that wait for no
 * other: `after` is a promise, the tag a wish.
 */
function chooseCanaries({ ranch, planned, options }: WaveParts): ReadonlyMap<HostName, string> {
  const asked = canaryCount(options.canary, planned.length);
  if (asked === 0) return new Map();
  const ranks = ranksOf(ranch, new Set(planned.map((host) => host.spec.name)));
  const free = planned.filter((host) => ranks.get(host.spec.name) === 0).map((host) => host.spec);
  const zone = free[0]?.zone;
  const tagged = free.filter((spec) => spec.tags.includes('canary'));
  const others = free.filter((spec) => !spec.tags.includes('canary'));
  const near = others.filter((spec) => spec.zone === zone);
  const far = others.filter((spec) => spec.zone !== zone);
  const chosen = [...tagged, ...near, ...far].slice(0, asked);
  return new Map(
    chosen.map((spec) => {
      const why = spec.tags.includes('canary') ? 'tagged canary' : `the first of zone ${spec.zone}`;
      return [spec.name, `canary: ${why}`];
    }),
  );
}

type Expand = (name: string, host: HostSpec) => readonly HostName[];

/** The planned hosts behind a name of `after`: of a zone all (of the own zone all that do not wait for it), or the host. */
function expander({ ranch, planned }: WaveParts): Expand {
  const zones = groupBy(planned, (host) => host.spec.zone);
  const known = zoneNames(ranch);
  const taken = new Map(planned.map((host) => [String(host.spec.name), host.spec.name]));
  const seen = new Map<string, readonly HostName[]>();
  return (name, host) => {
    const key = name === host.zone ? `own ${name}` : name;
    const before = seen.get(key);
    if (before !== undefined) return before;
    const members = (zones.get(name) ?? []).filter(({ spec }) => name !== host.zone || !isLastOfZone(spec));
    const one = taken.get(name);
    const found = known.has(name) ? members.map(({ spec }) => spec.name) : one === undefined ? [] : [one];
    seen.set(key, found);
    return found;
  };
}

function waits(
  host: HostSpec,
  zone: ZoneSpec,
  zones: ReadonlySet<string>,
  canary: boolean,
  expand: Expand,
): readonly string[] {
  const names = [...new Set([...zone.after, ...host.after])];
  const reasons = names.map((name) => {
    const what = zones.has(name) ? `zone ${name}` : name;
    const rest = name === host.zone ? `the rest of ${what}` : what;
    return expand(name, host).length > 0
      ? `waits for ${rest} to be done`
      : `does not wait for ${rest}: nothing of it is in this plan`;
  });
  const tagged = host.tags.includes('canary') && canary ? ['tagged canary, but not among the canaries'] : [];
  if (reasons.length > 0) return [...tagged, ...reasons];
  return [...tagged, canary ? 'waits for the canary wave' : 'waits for no other host'];
}

function waveName(hosts: readonly PlannedHost[], names: Map<string, number>): string {
  const zones = [...new Set(hosts.map((host) => host.spec.zone))];
  const base = zones.slice(0, 3).join(' + ') + (zones.length > 3 ? ` + ${zones.length - 3} more` : '');
  const times = (names.get(base) ?? 0) + 1;
  names.set(base, times);
  return times === 1 ? base : `${base} (${times})`;
}

function wave(
  name: string,
  canary: boolean,
  placed: readonly Placed[],
  parts: WaveParts,
  expand: Expand,
): Wave {
  const cap = capOf(placed, parts);
  const known = zoneNames(parts.ranch);
  const hosts = placed.map(({ host, place }): HostPlan => {
    const { spec, units, observation, notes } = host;
    const named = [...new Set(spec.after)].filter((each) => expand(each, spec).length > 0);
    const after = named.filter((each) => !known.has(each)).flatMap((each) => expand(each, spec));
    const afterZones = named.filter((each) => known.has(each));
    const evidence = {
      observedAt: observation.at,
      bootId: observation.bootId,
      fingerprint: fingerprint(observation, units),
    };
    const reasons = [...place, ...cap.reasons, ...notes];
    const whole = afterZones.length > 0 ? { afterZones } : {};
    return { host: spec.name, zone: spec.zone, units, after, ...whole, reasons, evidence };
  });
  return { name, canary, maxParallel: cap.maxParallel, hosts };
}

/**
 * How many hosts of a wave may be in flight: the tightest of its zones decides, where that zone has more hosts in the
 * wave than may be down. So no zone loses more than its quorum allows, whatever order the window takes.
 */
function capOf(
  placed: readonly Placed[],
  { rooms, options }: WaveParts,
): { readonly maxParallel: number; readonly reasons: readonly string[] } {
  const asked = Math.max(1, options.maxParallel);
  const counts = groupBy(placed, ({ host }) => host.spec.zone);
  const tight = [...rooms.values()]
    .map((room) => room.limit)
    .filter(({ zone, maxDown }) => (counts.get(zone)?.length ?? 0) > maxDown && maxDown < asked)
    .sort((a, b) => a.maxDown - b.maxDown)[0];
  if (tight === undefined) return { maxParallel: asked, reasons: [] };
  const { maxDown, quorum, size, zone } = tight;
  const pace = maxDown === 1 ? 'one at a time' : `${maxDown} at a time`;
  return {
    maxParallel: maxDown,
    reasons: [`${pace}: quorum ${showShare(quorum)} of ${size} in zone ${zone}`],
  };
}
