import { schedule } from 'node-cron';
import { scheduledPlaybooks } from './scheduled-playbooks.ts';
import type { Scheduled, ScheduleEvents } from './schedules.ts';
import type { DaemonSetting } from './setting.ts';
import { troubleFields } from './tell-trouble.ts';

/** How soon a new or changed schedule counts: every minute, the finest that most schedules have. */
const EVERY_MINUTE = '* * * * *';

/**
 * Reads the playbooks every minute, so that a new schedule does not wait for the next run of another. What cannot be
 * read is told once, until it is another trouble; the schedules stay as they are. Gives what ends it.
 */
export function watchPlaybooks(
  { playbooksDir, log }: Pick<DaemonSetting, 'playbooksDir' | 'log'>,
  cron: ScheduleEvents['log'],
  found: (playbooks: readonly Scheduled[]) => void,
  every = EVERY_MINUTE,
): () => void {
  let told = '';
  const look = async (): Promise<void> => {
    try {
      found(await scheduledPlaybooks(playbooksDir));
      told = '';
    } catch (error) {
      const trouble = { event: 'playbooks-unreadable', ...troubleFields(error) };
      const text = JSON.stringify(trouble);
      if (text !== told) log.error(trouble, 'the playbooks cannot be read; the schedules stay as they are');
      told = text;
    }
  };
  const task = schedule(every, look, { noOverlap: true, logger: cron });
  return () => void task.destroy();
}
