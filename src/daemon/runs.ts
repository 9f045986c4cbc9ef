import { isRunnable, runPlaybook } from '../app/run-playbook.ts';
import { openWorkspace, type Workspace } from '../app/workspace.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Logger } from './log.ts';
import type { DaemonSetting } from './setting.ts';
import type { Stopping } from './stopping.ts';
import { tellEvent, tellRun } from './tell-run.ts';
import { tellTrouble } from './tell-trouble.ts';

/** Runs of playbooks, each with a workspace of its own: what the files say now, and one transport for one run. */
export class Runs {
  readonly #setting: DaemonSetting;
  readonly #stopping: Stopping;
  readonly #running = new Map<string, Promise<ExitCode>>();

  constructor(setting: DaemonSetting, stopping: Stopping) {
    this.#setting = setting;
    this.#stopping = stopping;
  }

  /**
   * Runs the playbook that `find` gives, under `name`, and tells what came of it. `find` reads the files, so that a
   * run is never one of yesterday's playbook; undefined where it is not to run any more. Never rejects: what went
   * wrong is told, and stands in the exit code.
   */
  run(name: string, find: () => Promise<Playbook | undefined>): Promise<ExitCode> {
    if (this.#stopping.asked.aborted) return Promise.resolve(EXIT.interrupted);
    // A schedule that changed while its playbook ran is a new task, which knows nothing of the run before.
    const before = this.#running.get(name);
    if (before !== undefined) {
      tellSkipped(this.#setting.log, name, 'overlap');
      return before;
    }
    const run = this.#told(name, find).finally(() => this.#running.delete(name));
    this.#running.set(name, run);
    return run;
  }

  /** Resolves when nothing runs. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #told(name: string, find: () => Promise<Playbook | undefined>): Promise<ExitCode> {
    const { workspace, log } = this.#setting;
    const { clock, random } = workspace;
    const run = `${clock.now().toString(36)}-${random.hex(4)}`;
    const told = log.child({ run, playbook: name });
    const started = clock.monotonic();
    try {
      const playbook = await find();
      if (!playbook) {
        told.info({ event: 'run-skipped' }, 'not run: the playbook has no schedule any more');
        return EXIT.ok;
      }
      return await this.#carryOut(told, playbook, started);
    } catch (error) {
      return tellTrouble(told, error, Math.round(clock.monotonic() - started));
    }
  }

  async #carryOut(log: Logger, playbook: Playbook, started: number): Promise<ExitCode> {
    if (!isRunnable(playbook)) {
      log.warn({ event: 'run-skipped', kind: playbook.kind }, 'not run: this version does not run its kind');
      return EXIT.ok;
    }
    const { clock } = this.#setting.workspace;
    const { asked, looks, now } = this.#stopping;
    return this.#withWorkspace(log, async (workspace) => {
      const ran = await runPlaybook(workspace, playbook, {
        stop: now,
        stopLooking: looks,
        pauseAsked: () => asked.aborted,
        onEvent: (event) => tellEvent(log, event),
      });
      return tellRun(log.child({ kind: playbook.kind }), ran, Math.round(clock.monotonic() - started));
    });
  }

  async #withWorkspace<T>(log: Logger, use: (workspace: Workspace) => Promise<T>): Promise<T> {
    const workspace = await openWorkspace(this.#setting.workspace);
    try {
      const { backup } = await workspace.store();
      if (backup.kind === 'failed') {
        log.warn({ event: 'backup-failed', ...backup.trouble }, `backup failed: ${backup.trouble.message}`);
      }
      return await use(workspace);
    } finally {
      await workspace.close();
    }
  }
}

/** Tells that a playbook did not run at its time. */
export function tellSkipped(log: Logger, playbook: string, why: 'overlap' | 'missed'): void {
  const cause = why === 'overlap' ? 'its run before still goes on' : 'this process or its machine was asleep';
  log.warn({ event: 'run-skipped', playbook, why }, `not run: ${cause}`);
}
