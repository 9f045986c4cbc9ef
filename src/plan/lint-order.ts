import type { HostPlan, Plan } from '../domain/plan.ts';
import type { Ranch } from '../domain/ranch.ts';
import { waitedForIn } from '../domain/waited-for.ts';

/** `after`: what a host waits for is planned in an earlier wave, and all that the inventory orders is kept. */
export function lintOrder(plan: Plan, ranch: Ranch): readonly string[] {
  const waveOf = new Map<string, number>();
  plan.waves.forEach((wave, index) => {
    for (const host of wave.hosts) waveOf.set(host.host, index);
  });
  return [...lintAfter(plan, waveOf), ...lintInventory(plan, ranch, waveOf)];
}

function lintAfter(plan: Plan, waveOf: ReadonlyMap<string, number>): readonly string[] {
  return plan.waves.flatMap((wave, index) =>
    wave.hosts.flatMap((host) => [
      ...host.after.flatMap((name) => {
        const before = waveOf.get(name);
        if (before === undefined) return [`${host.host}: waits for ${name}, which is not planned`];
        return before < index ? [] : [`${host.host}: waits for ${name}, which comes no earlier`];
      }),
      ...(host.afterZones ?? []).flatMap((zone) => lintAfterZone(plan, host, zone, index, waveOf)),
    ]),
  );
}

function lintAfterZone(
  plan: Plan,
  host: HostPlan,
  zone: string,
  index: number,
  waveOf: ReadonlyMap<string, number>,
): readonly string[] {
  const members = waitedForIn(plan, host, zone);
  if (members.length === 0) return [`${host.host}: waits for zone ${zone}, of which nothing is planned`];
  const late = members.find((name) => (waveOf.get(name) ?? 0) >= index);
  return late === undefined
    ? []
    : [`${host.host}: waits for ${late} of zone ${zone}, which comes no earlier`];
}

interface Rule {
  /** Point in time: `>zone` is a zone's start, `zone>` its end, `*zone` the end of those that do not wait for it. */
  readonly before: string;
  readonly later: string;
}

/** The inventory's order as rules between points in time; hosts are points too. */
function rulesOf(ranch: Ranch): readonly Rule[] {
  const zones = new Set([...ranch.zones.map((zone) => zone.name), ...ranch.hosts.map((host) => host.zone)]);
  const end = (name: string): string => (zones.has(name) ? `${name}>` : name);
  const rules: Rule[] = [];
  for (const zone of zones)
    rules.push({ before: `*${zone}`, later: `${zone}>` }, { before: `>${zone}`, later: `*${zone}` });
  for (const { name, after } of ranch.zones) {
    for (const other of after) rules.push({ before: end(other), later: `>${name}` });
  }
  for (const { name, zone, after } of ranch.hosts) {
    rules.push(
      { before: `>${zone}`, later: name },
      { before: name, later: after.includes(zone) ? `${zone}>` : `*${zone}` },
    );
    for (const other of after) rules.push({ before: other === zone ? `*${zone}` : end(other), later: name });
  }
  return rules;
}

/**
 * Walks the rules until nothing moves: the earliest wave in which each point can lie, given the waves in which the
 * plan has what comes before it. A planned host must not lie earlier than that, nor anything wait for itself.
 */
function lintInventory(plan: Plan, ranch: Ranch, waveOf: ReadonlyMap<string, number>): readonly string[] {
  const rules = rulesOf(ranch);
  const earliest = new Map<string, number>();
  const limit = plan.waves.length;
  for (let moved = true; moved; ) {
    moved = false;
    for (const { before, later } of rules) {
      const wave = waveOf.get(before);
      const from = Math.min(limit, Math.max(earliest.get(before) ?? 0, wave === undefined ? 0 : wave + 1));
      if (from <= (earliest.get(later) ?? 0)) continue;
      earliest.set(later, from);
      moved = true;
    }
  }
  return [...waveOf]
    .filter(([host, wave]) => (earliest.get(host) ?? 0) > wave)
    .map(([host]) => `${host}: lies in a wave before what the inventory puts it after`);
}
