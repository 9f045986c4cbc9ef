import { isRunnable } from '../app/run-playbook.ts';
import { RanchError } from '../domain/errors.ts';
import type { Playbook } from '../domain/playbook.ts';
import { loadPlaybooks } from '../inventory/load-playbooks.ts';
import type { Logger } from './log.ts';
import { isScheduled, type Scheduled } from './schedules.ts';

/** Every playbook that has a schedule and is of a kind that this version runs. Throws `playbook-invalid`. */
export async function scheduledPlaybooks(dir: string): Promise<readonly Scheduled[]> {
  return (await loadPlaybooks(dir)).filter(isScheduled).filter(isRunnable);
}

/**
 * The same at the start, where a person still looks: tells what will not run, and why. Throws `playbook-invalid`, and
 * `usage` where nothing would ever run.
 */
export async function firstPlaybooks(dir: string, log: Logger): Promise<readonly Scheduled[]> {
  const scheduled = (await loadPlaybooks(dir)).filter(isScheduled);
  for (const playbook of scheduled) {
    if (!isRunnable(playbook)) tellReserved(log, playbook);
  }
  const runnable = scheduled.filter(isRunnable);
  if (runnable.length > 0) return runnable;
  throw new RanchError({
    code: 'usage',
    place: dir,
    message: 'holds no playbook with a schedule that this version runs, so there is nothing to do',
    remedy:
      'Give a sweep a schedule (`schedule: { cron: "*/15 * * * *" }`), or name a folder with `--playbooks`.',
  });
}

function tellReserved(log: Logger, { name, kind, file }: Playbook): void {
  log.warn(
    { event: 'not-run-by-this-version', playbook: name, kind, file },
    `${name}: its schedule is ignored, because this version does not run playbooks of kind ${kind}`,
  );
}
