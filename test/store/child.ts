import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterEach } from 'vitest';

/** Where children find the dependencies of the project: a script must lie beneath its folder. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/ranch-test');

const running = new Set<ChildProcess>();
const bundles: string[] = [];

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  for (const file of bundles.splice(0)) rmSync(file, { force: true });
});

/** A process of its own, and the lines that it prints. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line; undefined at the end. */
  line(): Promise<string | undefined>;
  /** Kills it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a script of this folder, bundled with what it imports of the project. */
export async function startChild(script: string, args: readonly string[]): Promise<Child> {
  mkdirSync(CACHE, { recursive: true });
  const outfile = join(CACHE, `${script}.${process.pid}.mjs`);
  const built = await build({
    entryPoints: [join(import.meta.dirname, script)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['better-sqlite3'],
    write: false,
  });
  writeFileSync(outfile, built.outputFiles[0]?.contents ?? '');
  bundles.push(outfile);
  const child = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = once(child, 'exit');
  return {
    process: child,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
