import type { ExitCode } from '../domain/errors.ts';
import { type LogLevel, processLog } from './log.ts';
import { runDaemon } from './run-daemon.ts';
import { runOnce } from './run-once.ts';
import type { DaemonSetting } from './setting.ts';

/** What the command line says of the daemon. */
export interface DaemonOptions extends Omit<DaemonSetting, 'log'> {
  readonly once: boolean;
  readonly log: { readonly level: LogLevel; readonly json: boolean; readonly colour: boolean };
}

/** The way into this room: the daemon of this process, its log on standard output. Throws what `runDaemon` throws. */
export async function daemon({ once, log: show, ...setting }: DaemonOptions): Promise<ExitCode> {
  const log = await processLog(show.level, setting.workspace.clock, show);
  return once ? runOnce({ ...setting, log }) : runDaemon({ ...setting, log });
}
