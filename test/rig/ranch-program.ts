import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The program under test: RANCH_BIN, else this checkout's own. */
const PROGRAM = process.env['RANCH_BIN'] ?? join(ROOT, 'bin/ranch.cjs');

const SIGNAL_AT = join(ROOT, 'test/rig/signal-at.cjs');

/** A line that the program printed under `--json`. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** How one run of the program ended, and all it said. */
export interface Ran {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout that are JSON. */
  readonly records: readonly JsonRecord[];
}

/** A run that is under way. */
export interface Running {
  readonly ended: Promise<Ran>;
  /** The first record that fits. Rejects with what the program said when it ends without one. */
  readonly seen: (fits: (record: JsonRecord) => boolean) => Promise<JsonRecord>;
  readonly signal: (name: NodeJS.Signals) => void;
}

function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}

/** A record of a step, and the signals that the program sends itself when it has printed it. */
export interface Signalled {
  readonly type: string;
  readonly step: string;
  readonly host?: string;
  readonly signals: readonly NodeJS.Signals[];
  readonly afterMs: number;
}

/** Builds the program where it is not built or older than its sources. */
export async function ensureBuilt(): Promise<void> {
  if (process.env['RANCH_BIN'] !== undefined) return;
  let built = 0;
  try {
    built = statSync(join(ROOT, 'dist/main.cjs')).mtimeMs;
  } catch {
    // not built yet
  }
  if (built > newest(join(ROOT, 'src'))) return;
  const build = spawn(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'inherit' });
  const code = await new Promise((resolve) => build.on('close', resolve));
  if (code !== 0) throw new Error(`the build ended with ${code}`);
}

function jsonOf(line: string): readonly JsonRecord[] {
  if (!line.startsWith('{')) return [];
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? [{ ...value }] : [];
}

interface Waiter {
  readonly fits: (record: JsonRecord) => boolean;
  readonly resolve: (record: JsonRecord) => void;
  readonly reject: (error: Error) => void;
}

/** What the program says, line by line as it comes. */
class Listening {
  stdout = '';
  stderr = '';
  readonly records: JsonRecord[] = [];
  readonly #waiters: Waiter[] = [];
  #rest = '';
  readonly ended: Promise<Ran>;

  constructor(child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => {
        const error = new Error(`ranch ended with ${exitCode} before that: ${this.stderr}${this.stdout}`);
        for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
        resolve({ exitCode, stdout: this.stdout, stderr: this.stderr, records: this.records });
      });
    });
  }

  #take(chunk: string): void {
    this.stdout += chunk;
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const record of lines.flatMap(jsonOf)) {
      this.records.push(record);
      for (const waiter of this.#waiters.filter(({ fits }) => fits(record))) {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.resolve(record);
      }
    }
  }

  seen(fits: (record: JsonRecord) => boolean): Promise<JsonRecord> {
    const found = this.records.find(fits);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => this.#waiters.push({ fits, resolve, reject }));
  }
}

/**
 * Starts the program as a user would, in `folder`, with that as the home: nobody's own SSH settings play a part.
 * `typed`: run on a terminal, with that typed at each question. `signalled`: what it does to itself, and when.
 */
export function startRanch(
  folder: string,
  args: readonly string[],
  { typed, signalled }: { readonly typed?: readonly string[]; readonly signalled?: Signalled } = {},
): Running {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TERM: 'xterm',
    RANCH_SSH_CONFIG: 'none',
    LANG: 'C.UTF-8',
    ...(signalled && { SIGNAL_AT: JSON.stringify(signalled) }),
  };
  const words = [...(signalled ? ['--require', SIGNAL_AT] : []), PROGRAM, ...args];
  const child =
    typed === undefined
      ? spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
      : onTerminal(words, folder, env, typed);
  const listening = new Listening(child);
  return {
    ended: listening.ended,
    seen: (fits) => listening.seen(fits),
    signal: (name) => void child.kill(name),
  };
}

/** `script` gives a terminal to what it runs; each typed line goes in when a question has been asked. */
function onTerminal(
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  typed: readonly string[],
): ChildProcess {
  const quoted = [process.execPath, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const waiting = [...typed];
  child.stdout.on('data', (chunk: Buffer) => {
    const line = /password.*: $/.test(chunk.toString()) ? waiting.shift() : undefined;
    if (line !== undefined) child.stdin.write(`${line}\n`);
  });
  return child;
}
