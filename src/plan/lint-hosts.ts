import type { Plan } from '../domain/plan.ts';
import type { Ranch } from '../domain/ranch.ts';

/** Every host once, planned or excluded, known to the ranch, in its zone, with a word on why. */
export function lintHosts(plan: Plan, ranch: Ranch): readonly string[] {
  const zones = new Map(ranch.hosts.map((host) => [host.name, host.zone]));
  const planned = new Set<string>();
  const complaints: string[] = [];
  for (const host of plan.waves.flatMap((wave) => wave.hosts)) {
    const zone = zones.get(host.host);
    if (planned.has(host.host)) complaints.push(`${host.host}: is planned twice`);
    planned.add(host.host);
    if (zone === undefined) complaints.push(`${host.host}: is not in the inventory`);
    else if (zone !== host.zone)
      complaints.push(`${host.host}: is planned in zone ${host.zone}, but lies in ${zone}`);
    if (host.units.length === 0) complaints.push(`${host.host}: is planned with nothing to do`);
    if (!host.reasons.some((reason) => reason.trim() !== '')) complaints.push(`${host.host}: has no reason`);
    if (!/^[0-9a-f]{64}$/.test(host.evidence.fingerprint)) complaints.push(`${host.host}: has no evidence`);
  }
  const excluded = new Set<string>();
  for (const { host, reason } of plan.excluded) {
    if (excluded.has(host)) complaints.push(`${host}: is excluded twice`);
    excluded.add(host);
    if (planned.has(host)) complaints.push(`${host}: is excluded and planned`);
    if (!zones.has(host)) complaints.push(`${host}: is excluded, but not in the inventory`);
    if (reason.trim() === '') complaints.push(`${host}: is excluded without a reason`);
  }
  return complaints;
}
