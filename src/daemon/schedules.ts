import { type Logger as CronLogger, type ScheduledTask, schedule } from 'node-cron';
import type { Playbook, Schedule } from '../domain/playbook.ts';

/**
 * A run that is late by no more than this still takes place, unless the next is due already. node-cron's own second is
 * less than what a store that waits for another writer may block this process (5 s), and a sweep does not mind.
 */
const LATE_MS = 60_000;

/** What schedules call back. */
export interface ScheduleEvents {
  /** It is time. It should not reject: node-cron would tell it as a failure of its own. */
  readonly fire: (playbook: string) => Promise<void>;
  /** It was time, and the run before still goes on; or the process slept through it. */
  readonly skipped: (playbook: string, why: 'overlap' | 'missed') => void;
  /** What node-cron itself has to say. */
  readonly log: CronLogger;
}

/** One scheduled playbook and when it runs next. */
export interface NextRun {
  readonly playbook: string;
  readonly schedule: Schedule;
  /** Null for a cron that never comes again. */
  readonly next: Date | null;
}

/** A playbook that has a schedule. */
export type Scheduled<P extends Playbook = Playbook> = P & { readonly schedule: Schedule };

/** True for a playbook that runs by itself. */
export function isScheduled<P extends Playbook>(playbook: P): playbook is Scheduled<P> {
  return playbook.schedule !== undefined;
}

interface Entry {
  readonly schedule: Schedule;
  readonly task: ScheduledTask;
}

function isSame(a: Schedule, b: Schedule): boolean {
  return a.cron === b.cron && a.timezone === b.timezone;
}

/** The cron of the daemon: one task for each scheduled playbook, kept true to the files. */
export class Schedules {
  readonly #events: ScheduleEvents;
  readonly #entries = new Map<string, Entry>();

  constructor(events: ScheduleEvents) {
    this.#events = events;
  }

  /** Takes in what is scheduled now; gives whether that differs from before. A schedule that stays is not touched. */
  reconcile(playbooks: readonly Scheduled[]): boolean {
    const wanted = new Map(playbooks.map((playbook) => [playbook.name, playbook.schedule]));
    let changed = false;
    for (const [name, { schedule: had, task }] of this.#entries) {
      const wants = wanted.get(name);
      if (wants && isSame(wants, had)) continue;
      void task.destroy();
      this.#entries.delete(name);
      changed = true;
    }
    for (const [name, wants] of wanted) {
      if (this.#entries.has(name)) continue;
      this.#entries.set(name, { schedule: wants, task: this.#start(name, wants) });
      changed = true;
    }
    return changed;
  }

  #start(name: string, { cron, timezone }: Schedule): ScheduledTask {
    const { fire, skipped, log } = this.#events;
    const task = schedule(cron, () => fire(name), {
      name,
      noOverlap: true,
      missedExecutionTolerance: LATE_MS,
      logger: log,
      ...(timezone === undefined ? {} : { timezone }),
    });
    task.on('execution:overlap', () => skipped(name, 'overlap'));
    task.on('execution:missed', () => skipped(name, 'missed'));
    return task;
  }

  /** By name. */
  next(): readonly NextRun[] {
    return [...this.#entries]
      .map(([playbook, entry]) => ({ playbook, schedule: entry.schedule, next: entry.task.getNextRun() }))
      .sort((a, b) => (a.playbook < b.playbook ? -1 : 1));
  }

  /** Nothing fires any more; what runs goes on. */
  stop(): void {
    this.reconcile([]);
  }
}
