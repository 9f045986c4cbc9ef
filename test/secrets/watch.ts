import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { markedProcesses } from '../../src/lab/marked-processes.ts';

/** SQ's own `--key VALUE`, which is how SQ is given its key: no way but argv exists. */
const SQ_KEY = /(^|\0)--key\0[^\0]*/g;

/** The arguments of a live process; empty once it is gone. */
export function argvOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replace(SQ_KEY, '$1--key');
  } catch {
    return '';
  }
}

function isChild(message: unknown): message is { readonly process: ChildProcess } {
  return typeof message === 'object' && message !== null && 'process' in message;
}

/** Collects what every process has in its arguments. */
export interface Watch {
  /** Each distinct argv, NUL between arguments. */
  seen(): readonly string[];
  stop(): void;
}

/**
 * Watches what this process starts (each, with the whole text of the commands that the lab's SSH servers were asked to
 * run) and, several times a second, all processes of a lab: what was started on its hosts in turn.
 */
export function watchArguments(labId: string): Watch {
  const children: ChildProcess[] = [];
  const seen = new Set<string>();
  const started = (message: unknown): void => {
    if (isChild(message)) children.push(message.process);
  };
  const look = (): void => {
    for (const { pid } of markedProcesses(labId)) seen.add(argvOf(pid));
  };
  subscribe('child_process', started);
  const timer = setInterval(look, 150);
  return {
    seen: () => [
      ...seen,
      ...children.map(({ spawnargs }) => spawnargs.join('\0').replace(SQ_KEY, '$1--key')),
    ],
    stop: () => {
      clearInterval(timer);
      unsubscribe('child_process', started);
    },
  };
}
