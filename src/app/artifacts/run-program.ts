import { type ChildProcess, spawn } from 'node:child_process';
import { codeOf } from '../../store/trouble.ts';

/** How a program of this machine is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly deadlineMs: number;
  /** Bytes of standard output that are kept, and characters of one line of standard error. */
  readonly maxBytes: number;
  /** Told each line of standard error, as it comes, cut and not escaped. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** How it went. `not-started` has the system's code: ENOENT, EACCES, ENOEXEC. */
export type Ran =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly stdout: string }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'not-started'; readonly code: string };

/** Calls `onLine` for each line of a stream, cut to `max` characters; the rest of a longer one is dropped. */
function lines(max: number, onLine: (line: string) => void): { add(text: string): void; end(): void } {
  let line = '';
  const end = (): void => {
    if (line !== '') onLine(line);
    line = '';
  };
  return {
    add(text) {
      const [first = '', ...more] = text.split(/[\r\n]+/);
      line += first.slice(0, max - line.length);
      for (const next of more) {
        end();
        line = next.slice(0, max);
      }
    },
    end,
  };
}

/** The whole process group, so that nothing it started stays. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Everything read, until the streams end or, where a grandchild keeps them open, the program does. */
function listen(child: ChildProcess, options: RunOptions): () => string {
  const { maxBytes, onLine = () => undefined } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, maxBytes - size);
    size += kept.length;
    if (kept.length > 0) chunks.push(kept);
  });
  const stderr = lines(maxBytes, onLine);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => stderr.add(text));
  child.stderr?.on('end', () => stderr.end());
  return () => Buffer.concat(chunks).toString('utf8');
}

/**
 * Runs a program of this machine, without input, in a process group of its own that is gone when this resolves.
 * Throws the signal's reason when that is aborted.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Ran> {
  const { cwd, env, deadlineMs, signal } = options;
  signal?.throwIfAborted();
  const ran = await new Promise<Ran>((resolve) => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout = listen(child, options);
    let late = false;
    const stop = (): void => killGroup(child);
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, deadlineMs);
    const settle = (end: Ran): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve(end);
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => settle({ kind: 'not-started', code: codeOf(error) ?? error.message }));
    // What the program leaves behind would keep the streams open: it goes with it.
    child.once('exit', stop);
    child.once('close', (exitCode, killedBy) => {
      if (late) settle({ kind: 'late' });
      else if (exitCode === null) settle({ kind: 'killed', signal: killedBy ?? 'unknown' });
      else settle({ kind: 'ended', exitCode, stdout: stdout() });
    });
  });
  signal?.throwIfAborted();
  return ran;
}
