import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Secret } from '../../src/domain/secret.ts';
import type { Bench, Exchange, Shape } from '../../src/sq/contract/bench.ts';
import { exchange } from './exchange.ts';
import { RunningSq, type Subject } from './subject.ts';

/** What `put` dates its files back to. */
const OLD = new Date('2000-01-01T00:00:00Z');

const KEYS: Readonly<Record<Shape['access'], string | undefined>> = {
  keyed: 'sesame ü',
  colon: 'a:b',
  open: undefined,
};

/** The arguments after `host PORT`. */
export function argsOf({ access, folder, flags }: Shape): readonly string[] {
  const key = KEYS[access];
  return [
    ...(flags === 'odd' ? ['--verbose', '--key=x', '--data-dir', 'other'] : []),
    ...(key === undefined ? [] : ['--key', key]),
    ...(folder === 'held' ? ['--data-dir', 'data'] : []),
  ];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

async function exchanged(port: number, bytes: Uint8Array, withinMs = 20_000): Promise<Exchange> {
  try {
    return await exchange(port, bytes, withinMs);
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return { bytes: Buffer.alloc(0), end: 'refused' };
    throw error;
  }
}

async function crowd<T>(
  port: number,
  count: number,
  bytes: Uint8Array,
  waitMs: number,
  meanwhile: () => Promise<T>,
): Promise<{ readonly open: number; readonly got: T }> {
  const held: Socket[] = [];
  const gone = new Set<Socket>();
  try {
    for (let at = 0; at < count; at++) {
      const socket = connect({ port, host: '127.0.0.1' });
      held.push(socket);
      // what is closed while it is written to is reset, and has no end
      const left = (): unknown => gone.add(socket);
      socket.on('error', left).on('end', left).resume();
      await once(socket, 'connect');
      socket.write(bytes);
    }
    const got = await meanwhile();
    for (let before = -1; before !== gone.size; await pause(waitMs)) before = gone.size;
    return { open: held.length - gone.size, got };
  } finally {
    for (const socket of held) socket.destroy();
  }
}

/** A running SQ of this machine as a bench of the contract. */
export function benchOf(sq: RunningSq, shape: Shape): Bench {
  const { version, libphext } = sq.subject;
  const key = KEYS[shape.access];
  const fileAt = (name: string) => join(sq.dataDir, name);
  return {
    build: { version, libphext },
    place: sq.place,
    key: key === undefined ? undefined : new Secret(key),
    exchange: (bytes, withinMs) => exchanged(sq.port, bytes, withinMs),
    cut: (bytes) => exchange(sq.port, bytes, 20_000, true),
    crowd: (count, bytes, waitMs, meanwhile) => crowd(sq.port, count, bytes, waitMs, meanwhile),
    file: async (name) => {
      const found = await stat(fileAt(name)).catch(() => undefined);
      if (!found?.isFile()) return undefined;
      const { mtime, ino } = found;
      return {
        bytes: await readFile(fileAt(name)),
        untouched: mtime.getTime() === OLD.getTime(),
        inode: ino,
      };
    },
    put: async (name, bytes) => {
      await mkdir(sq.dataDir, { recursive: true });
      await writeFile(fileAt(name), bytes);
      await utimes(fileAt(name), OLD, OLD);
    },
    remove: (name) => rm(fileAt(name)),
    block: async (name) => {
      await rm(fileAt(name), { force: true });
      await mkdir(fileAt(name));
    },
    leaves: async (name) => existsSync(join(sq.cwd, name)),
    log: async () => sq.log,
    printed: async () => {
      const { stdout, exitCode } = sq.cli('version');
      return { text: stdout.trimEnd(), exitCode: exitCode ?? -1 };
    },
  };
}

/** Starts a server of that shape. */
export async function startBench(
  subject: Subject,
  shape: Shape,
): Promise<{ readonly bench: Bench; readonly sq: RunningSq }> {
  const sq = await RunningSq.start(subject, argsOf(shape));
  return { bench: benchOf(sq, shape), sq };
}
