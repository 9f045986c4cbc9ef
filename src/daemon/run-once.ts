import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import { withDaemonLock } from './daemon-lock.ts';
import { Runs } from './runs.ts';
import { firstPlaybooks } from './scheduled-playbooks.ts';
import type { Scheduled } from './schedules.ts';
import type { DaemonSetting } from './setting.ts';
import { hearSignals } from './stopping.ts';

/** Of several runs the worst: what could not be run, then hosts out of reach. */
function worst(exits: readonly ExitCode[]): ExitCode {
  const bad = exits.filter((exit) => exit !== EXIT.ok);
  return bad.find((exit) => exit !== EXIT.unreachable) ?? bad[0] ?? EXIT.ok;
}

/**
 * Runs every scheduled sweep once, now, one after the other, and ends. A scheduled rollout waits for its time: to
 * change hosts now is `ranch rollout`. Gives the exit code of a sweep, or that of the first one that could not be
 * run; 130 when it was told to stop. Throws what `runDaemon` throws.
 */
export async function runOnce(setting: DaemonSetting): Promise<ExitCode> {
  const { log, playbooksDir, workspace } = setting;
  const stopping = hearSignals(setting.onInterrupt, workspace.clock);
  const runAll = async (): Promise<ExitCode> => {
    const playbooks = await firstPlaybooks(playbooksDir, log);
    const runs = new Runs(setting, stopping);
    const exits: ExitCode[] = [];
    for (const playbook of playbooks) {
      if (playbook.kind === 'sweep') exits.push(await runs.run(playbook.name, async () => playbook));
      else tellLeft(setting, playbook);
    }
    return worst(exits);
  };
  try {
    return await withDaemonLock(resolve(workspace.stateDir), workspace.clock, runAll);
  } finally {
    stopping.letGo();
  }
}

function tellLeft({ log }: DaemonSetting, { name, kind }: Scheduled): void {
  log.info({ event: 'run-skipped', playbook: name, kind }, 'not run: --once runs sweeps alone');
}
