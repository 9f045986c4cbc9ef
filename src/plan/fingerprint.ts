import { createHash } from 'node:crypto';
import type { ReachedObservation } from '../domain/observation.ts';
import type { UnitPlan } from '../domain/plan.ts';
import { findBinary, portOf } from './seen.ts';

/**
 * A hash over what a plan for these units rests on: each unit's file on disk (path, sha256) and, for each planned
 * port, the process there (pid, start time, sha256 of what it runs). Two observations with one fingerprint call for
 * one plan. 64 hex digits.
 */
export function fingerprint(
  observation: ReachedObservation,
  units: readonly Pick<UnitPlan, 'binary' | 'instances'>[],
): string {
  const lines = units.map((unit) => {
    const disk = findBinary(observation, unit.binary);
    const servers = unit.instances.map(({ port }) => {
      const server = observation.servers.find((each) => portOf(each) === port);
      return [port, server?.pid ?? null, server?.startTicks ?? null, server?.running.sha256 ?? null];
    });
    return JSON.stringify([unit.binary, disk?.identity.sha256 ?? null, servers.sort(byPort)]);
  });
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function byPort(a: readonly (number | string | null)[], b: readonly (number | string | null)[]): number {
  return Number(a[0]) - Number(b[0]);
}
