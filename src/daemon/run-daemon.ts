import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import { lookAtStart } from './at-start.ts';
import { withDaemonLock } from './daemon-lock.ts';
import type { Logger } from './log.ts';
import { Runs, tellSkipped } from './runs.ts';
import { firstPlaybooks, scheduledPlaybooks } from './scheduled-playbooks.ts';
import { type Scheduled, type ScheduleEvents, Schedules } from './schedules.ts';
import type { DaemonSetting } from './setting.ts';
import { hearSignals, type Stopping, whenAborted } from './stopping.ts';
import { tellSchedules } from './tell-schedules.ts';
import { watchPlaybooks } from './watch-playbooks.ts';

/** node-cron's own words are no news: overlaps and missed runs are told by `tellSkipped`. */
function cronLog(log: Logger): ScheduleEvents['log'] {
  const quiet = (message: unknown): void => log.debug({ event: 'cron' }, String(message));
  return {
    info: quiet,
    warn: quiet,
    debug: quiet,
    error: (message) => log.error({ event: 'cron', err: message }, 'a schedule failed'),
  };
}

async function stayUp(setting: DaemonSetting, stopping: Stopping): Promise<void> {
  const { log } = setting;
  const first = await firstPlaybooks(setting.playbooksDir, log);
  await lookAtStart(setting);
  const runs = new Runs(setting, stopping);
  // Every run begins with the files as they are now, which may change the schedules too.
  const find = async (name: string): Promise<Scheduled | undefined> => {
    const playbooks = await scheduledPlaybooks(setting.playbooksDir);
    tellSchedules(log, schedules, playbooks);
    return playbooks.find((playbook) => playbook.name === name);
  };
  const schedules: Schedules = new Schedules({
    fire: async (name) => {
      await runs.run(name, () => find(name));
    },
    skipped: (name, why) => tellSkipped(log, name, why),
    log: cronLog(log),
  });
  const { inventory, stateDir } = setting.workspace;
  log.info({ event: 'daemon-started', inventory, state: stateDir }, 'ranch daemon is up');
  tellSchedules(log, schedules, first);
  const unwatch = watchPlaybooks(setting, cronLog(log), (found) => tellSchedules(log, schedules, found));
  try {
    await whenAborted(stopping.asked);
    log.info({ event: 'daemon-stopping' }, 'told to stop: nothing new begins');
  } finally {
    unwatch();
    schedules.stop();
    await runs.settled();
  }
}

/**
 * Stays up and runs every scheduled playbook at its time, until a signal asks it to end: then nothing new begins, a
 * sweep may take `LOOK_GRACE_MS` more, a rollout pauses after its step. A second signal stops everything where it is.
 * Gives 0, or 130 after a second signal. Throws `state-locked`, and what makes it useless to start: `usage`,
 * `playbook-invalid`, `inventory-missing`, `inventory-invalid`, the store's codes.
 */
export async function runDaemon(setting: DaemonSetting): Promise<ExitCode> {
  const { stateDir, clock } = setting.workspace;
  const stopping = hearSignals(setting.onInterrupt, clock);
  try {
    await withDaemonLock(resolve(stateDir), clock, () => stayUp(setting, stopping));
    const exit = stopping.now.aborted ? EXIT.interrupted : EXIT.ok;
    setting.log.info({ event: 'daemon-ended', exit }, 'ranch daemon has ended');
    return exit;
  } finally {
    stopping.letGo();
  }
}
