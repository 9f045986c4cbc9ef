import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { RanchError } from '../domain/errors.ts';
import { isListening } from './listening.ts';
import { startTicksOf } from './marked-processes.ts';
import type { CommandWorld } from './run-command.ts';

/** How one SQ server of the lab is started. */
export interface SqStart {
  /** The host, for errors. */
  readonly host: string;
  readonly binary: string;
  readonly args: readonly string[];
  readonly world: CommandWorld;
  readonly log: string;
  readonly port: number;
}

/** An interpreted stand-in needs a tenth of a second; several at once on a slow and busy machine need much more. */
const LISTENING_WITHIN_MS = 120_000;

/**
 * Starts SQ as people on the ranch do, `nohup sq host PORT > log &` and a logout: a session of its own, a log, and no
 * parent but init. Resolves to its pid when it listens. Throws `sq-error` when it ends first or does not listen.
 */
export async function startSq(start: SqStart): Promise<number> {
  const shell = spawn(
    '/bin/sh',
    [
      '-c',
      'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!',
      'sh',
      start.log,
      start.binary,
      ...start.args,
    ],
    {
      cwd: start.world.cwd,
      env: start.world.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let printed = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(shell, 'close');
  const pid = Number(printed);
  const until = performance.now() + LISTENING_WITHIN_MS;
  while (!isListening(start.port)) {
    if (startTicksOf(pid) === undefined) throw await neverListened(start, 'ended before it listened');
    if (performance.now() > until) throw await neverListened(start, 'does not listen');
    await sleep(10);
  }
  return pid;
}

async function neverListened(start: SqStart, what: string): Promise<RanchError> {
  const log = await readFile(start.log, 'utf8').catch(() => '');
  const last = JSON.stringify(log.trim().split('\n').at(-1)?.slice(0, 200) ?? '');
  return new RanchError({
    code: 'sq-error',
    place: `${start.host}:${start.port}`,
    message: `the lab's SQ ${what}; its log ends with ${last}`,
    remedy: `Read ${start.log}; run the lab again where another program took the port.`,
  });
}
