import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, onTestFinished } from 'vitest';
import { stripped } from '../../src/host/shell-functions.ts';
import { UNIT_FILES, type UnitCommand, unitScript } from '../../src/host/unit-script.ts';

function programOf(shell: string): string | undefined {
  const name = shell.split(' ')[0] ?? '';
  return ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find(existsSync);
}

/** Shells that hosts have as /bin/sh, where this machine has them. */
export const SHELLS: readonly string[] = ['dash', 'busybox sh', 'bash --posix'].filter(programOf);

const shims = mkdtempSync(join(tmpdir(), 'ranch-shells-'));
afterAll(() => rmSync(shims, { recursive: true, force: true }));

/** A PATH on which `sh` is that shell: what a script starts detached runs under it as well. */
function pathWith(shell: string): string {
  const folder = join(shims, shell.split(' ')[0] ?? '');
  const program = programOf(shell);
  if (!existsSync(folder) && program !== undefined) {
    mkdirSync(folder);
    symlinkSync(program, join(folder, 'sh'));
  }
  return `${folder}:${process.env['PATH']}`;
}

/** All functions of a unit and none of its commands: what a test's own lines are put after. */
export const FUNCTIONS: string = UNIT_FILES.map(stripped).join('\n');

/** Marks what tests start, and keeps the scripts away from this machine's systemd. */
export const SCOPED: NodeJS.ProcessEnv = { ...process.env, RANCH_SCOPE: 'host-scripts-test' };

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs a text with its arguments under a shell, `input` on its standard input. */
export function runText(
  shell: string,
  text: string,
  args: readonly string[] = [],
  input: string | Uint8Array = '',
): Promise<Ended> {
  const [program = '', ...options] = shell.split(' ');
  const child = spawn(program, [...options, '-c', text, 'ranch', ...args], {
    env: { ...SCOPED, PATH: pathWith(shell) },
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, errors }));
  });
}

/** A unit command as it travels; its records without the closing one. */
export async function command(
  shell: string,
  name: UnitCommand,
  args: readonly (string | number)[],
  input = '',
): Promise<readonly string[]> {
  const { out, errors } = await runText(shell, unitScript(name), [name, ...args.map(String)], input);
  const lines = out.split('\n').filter((line) => line !== '');
  if (lines.pop() !== 'end') throw new Error(`${name} under ${shell} did not end well: ${out}${errors}`);
  return lines;
}

/** A directory that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-host-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Ends when the test is over, whatever state it is in. */
export function endAfterTest(child: ChildProcess): void {
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  });
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold anything. */
export async function startTicks(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** `R`, `S`, `T`, ... */
export async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
}

/** Waits until something that only the kernel knows is so; the test’s own limit ends what never becomes so. */
export async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await pause(10);
}
