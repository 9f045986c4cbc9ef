import type { Logger } from './log.ts';
import type { Scheduled, Schedules } from './schedules.ts';

/** Takes in what is scheduled, and tells what runs next where that is news. */
export function tellSchedules(log: Logger, schedules: Schedules, playbooks: readonly Scheduled[]): void {
  if (!schedules.reconcile(playbooks)) return;
  const next = schedules.next();
  if (next.length === 0) log.warn({ event: 'schedules', next }, 'no playbook has a schedule any more');
  for (const one of next) {
    const when = one.next?.toISOString() ?? 'never';
    log.info(
      { event: 'scheduled', ...one.schedule, playbook: one.playbook, next: when },
      `next run: ${when}`,
    );
  }
}
