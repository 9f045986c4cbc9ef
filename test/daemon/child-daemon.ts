import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LogLines } from './log-lines.ts';

/** The program as a process of its own, at work as a daemon. */
export interface ChildDaemon {
  readonly process: ChildProcess;
  readonly lines: LogLines;
  /** What it wrote on standard error so far. */
  errors(): string;
  /** How many descriptors it holds. */
  descriptors(): number;
  /** Its exit code, and the signal that ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts `ranch daemon` with `args`; `program` is the bundled command line. */
export function startDaemon(program: string, args: readonly string[]): ChildDaemon {
  const child = spawn(process.execPath, [program, 'daemon', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = new LogLines();
  createInterface({ input: child.stdout }).on('line', (line) => lines.write(line));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  return {
    process: child,
    lines,
    errors: () => errors,
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal })),
  };
}
