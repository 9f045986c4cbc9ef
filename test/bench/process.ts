import { spawn } from 'node:child_process';

/** What a process and the children it waited for cost, in milliseconds. */
export interface Cost {
  readonly wall: number;
  /** User and system time. */
  readonly cpu: number;
}

/** Thrown when a measured program fails: its time would mean nothing. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
}

/** Bash's own `time`: with milliseconds, and children included. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@" >&3 2>&4';

/** Runs a program to its end and tells its cost. Throws ProgramFailed where its exit code is not `expected`. */
export function costOf(
  argv: readonly string[],
  {
    cwd,
    env,
    expected = [0],
  }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly expected?: readonly number[] } = {},
): Promise<Cost> {
  const child = spawn('bash', ['-c', TIMED, 'bash', ...argv], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
  });
  const texts = child.stdio.slice(2).map(() => '');
  for (const [at, stream] of child.stdio.slice(2).entries()) {
    stream?.on('data', (chunk: Buffer) => {
      texts[at] = ((texts[at] ?? '') + chunk.toString()).slice(-20_000);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const [times = '', out = '', talk = ''] = texts;
      const [wall, user, system] = times.trim().split(' ').map(Number);
      const failed = code === null || !expected.includes(code);
      if (failed || wall === undefined || user === undefined || system === undefined) {
        reject(new ProgramFailed(`${argv.join(' ')} ended with ${code}:\n${out}${talk}${times}`));
      } else resolve({ wall: wall * 1000, cpu: (user + system) * 1000 });
    });
  });
}

/** Wall times in ms of so many runs of a command, one after the other. Throws for one that does not end with 0. */
export async function wallsOf(argv: readonly string[], rounds: number): Promise<readonly number[]> {
  const walls: number[] = [];
  for (let round = 0; round < rounds; round++) walls.push((await costOf(argv)).wall);
  return walls;
}
