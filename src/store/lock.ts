import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { RanchError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import { type Layout, layoutOf, makePrivateDir, makePrivateFile } from './layout.ts';
import { loadSqlite, type Sqlite } from './sql.ts';
import { codeOf, diskTrouble } from './trouble.ts';

/** Who may change hosts with this state directory. */
export interface LockHolder {
  readonly pid: number;
  /** The machine it runs on. */
  readonly machine: string;
  /** What it was asked to do: `ranch rollout 0.5.2`. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const holderSchema = z.object({ pid: z.int(), machine: z.string(), command: z.string(), since: z.int() });

/** Who wrote that they hold the lock; undefined where nobody did, or the note is not whole. Only for people. */
function readHolder(layout: Layout): LockHolder | undefined {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(readFileSync(layout.holder, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble(layout.holder, error);
  }
}

function writeHolder(layout: Layout, holder: LockHolder): void {
  const fresh = `${layout.holder}.${holder.pid}`;
  try {
    writeFileSync(fresh, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
    renameSync(fresh, layout.holder);
  } catch (error) {
    throw diskTrouble(layout.holder, error);
  }
}

function stateLocked(layout: Layout): RanchError {
  const holder = readHolder(layout);
  const who =
    holder === undefined
      ? 'another ranch that has just started'
      : `\`${holder.command}\` (pid ${holder.pid} on ${holder.machine}, since ${new Date(holder.since).toISOString()})`;
  return new RanchError({
    code: 'state-locked',
    place: layout.dir,
    message: `is in use by ${who}`,
    remedy:
      'Wait until it is done, or name another state folder with `--state`; `ranch status` works meanwhile.',
  });
}

/**
 * How long taking the lock waits for another to let go, milliseconds: longer than the instant in which `lockHolder`
 * looks, shorter than a person notices.
 */
const PATIENCE_MS = 250;

/** The same where nobody has said that they hold it: one that looks can stand still meanwhile, on a busy machine. */
const NAMELESS_PATIENCE_MS = 3_000;

/**
 * Takes the lock: an exclusive transaction on a database that holds nothing. Node has no flock, and SQLite's locks
 * are the kernel's: it lets go of them however the process dies, so no lock is ever stale. Undefined while another
 * holds it.
 */
function take(
  sqlite: Sqlite,
  layout: Layout,
  how: { readonly begin: string; readonly timeout: number },
): Database.Database | undefined {
  let db: Database.Database | undefined;
  try {
    db = new sqlite(layout.lock, { timeout: how.timeout });
    // No journal beside the lock: nothing is ever written that one could bring back.
    db.pragma('journal_mode = MEMORY');
    db.exec(how.begin);
    return db;
  } catch (error) {
    db?.close();
    if (codeOf(error)?.startsWith('SQLITE_BUSY')) return undefined;
    throw diskTrouble(layout.lock, error);
  }
}

/**
 * Runs `use` as the one controller of a state directory. Throws `state-locked`, naming who holds it, at once when
 * another process (or another call in this one) does; `store-failed` when the directory cannot be written.
 * `command` is shown to others: no secrets in it.
 */
export async function withExclusive<T>(
  stateDir: string,
  holder: { readonly command: string; readonly clock: Clock },
  use: () => Promise<T>,
): Promise<T> {
  const layout = layoutOf(stateDir);
  makePrivateDir(layout.dir);
  makePrivateFile(layout.lock);
  const sqlite = await loadSqlite();
  const within = (timeout: number) => take(sqlite, layout, { begin: 'BEGIN EXCLUSIVE', timeout });
  const lock = within(PATIENCE_MS) ?? (readHolder(layout) ? undefined : within(NAMELESS_PATIENCE_MS));
  if (lock === undefined) throw stateLocked(layout);
  try {
    const { command, clock } = holder;
    writeHolder(layout, { pid: process.pid, machine: hostname(), command, since: clock.now() });
    return await use();
  } finally {
    try {
      rmSync(layout.holder, { force: true });
    } finally {
      lock.close();
    }
  }
}

/** Who holds the lock now, to show or to signal; undefined when nobody does. Changes nothing. */
export async function lockHolder(stateDir: string): Promise<LockHolder | undefined> {
  const layout = layoutOf(stateDir);
  if (!existsSync(layout.lock)) return undefined;
  const begin = 'BEGIN; SELECT count(*) FROM sqlite_schema';
  const lock = take(await loadSqlite(), layout, { begin, timeout: 0 });
  if (lock === undefined) return readHolder(layout);
  lock.close();
  return undefined;
}
