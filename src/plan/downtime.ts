import type { PlannedInstance } from '../domain/plan.ts';

/**
 * Expected downtime of one instance under systemd, milliseconds: from the last answer of the old process to the
 * first of the new one. Measured by hand on Debian 12 with the real SQ, 4 writers and the real CYOA: the frozen
 * stop takes 15 ms, the start 25 ms, the first answer comes 50 to 85 ms later.
 */
export const SYSTEMD_DOWNTIME_MS = 110;

/** The same for a bare process: there is no service manager's job to wait for, so about 10 ms less. */
export const BARE_DOWNTIME_MS = 100;

/** Expected downtime of each instance of a unit, milliseconds: the longest of them; 0 where none runs. */
export function expectedDowntimeMs(instances: readonly PlannedInstance[]): number {
  const each = instances
    .filter((instance) => instance.pid !== undefined)
    .map(({ supervisor }) => (supervisor.kind === 'bare' ? BARE_DOWNTIME_MS : SYSTEMD_DOWNTIME_MS));
  return Math.max(0, ...each);
}
