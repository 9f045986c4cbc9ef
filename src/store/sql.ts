import type Database from 'better-sqlite3';
import { corruptStore } from './corrupt.ts';
import { type Layout, makePrivateFile } from './layout.ts';
import { diskTrouble, saysCorrupt } from './trouble.ts';

/** better-sqlite3's constructor; loaded only when a store is opened, because the native module costs start-up time. */
export type Sqlite = typeof Database;

/** What can be bound to a statement or stand in a row. */
export type Cell = string | number | null;

/**
 * How long a connection waits for another one that is writing, milliseconds; the wait blocks this process. One write
 * takes a few milliseconds and a sweep of 5,000 hosts under a second, but a journal that gives up in the middle of a
 * switch is worse than one that is late on a slow disk.
 */
const BUSY_MS = 30_000;

/** Pages of the page cache in KiB (negative, as SQLite wants it): holds the newest state of 5,000 hosts. */
const CACHE_KIB = -32_000;

/** An open database, its statements, and its failures as `RanchError`. */
export interface Sql {
  readonly layout: Layout;
  /** Prepared once, kept. */
  prepare(text: string): Database.Statement<Cell[], unknown>;
  exec(text: string): void;
  /** One consistent view for several reads. Throws `store-corrupt`, `store-failed`. */
  read<T>(work: () => T): T;
  /** All or nothing, and durable when it returns. Throws `store-corrupt`, `store-failed`. */
  write<T>(work: () => T): T;
  /** The error for something wrong in this database: `row 3 of events does not match its checksum`. */
  corrupt(what: string): Error;
  close(): void;
}

/** Loads the native module. Throws `store-failed` where it was not built for this Node. */
export async function loadSqlite(): Promise<Sqlite> {
  return (await import('better-sqlite3')).default;
}

function tune(db: Database.Database, readOnly: boolean): void {
  db.pragma(`busy_timeout = ${BUSY_MS}`);
  db.pragma(`cache_size = ${CACHE_KIB}`);
  db.pragma('foreign_keys = ON');
  // A flipped byte in the schema must not run code; no function of ours is called from it.
  db.pragma('trusted_schema = OFF');
  // Cells are checked against their page before they are used: costs little, finds damage early.
  db.pragma('cell_size_check = ON');
  if (readOnly) {
    db.pragma('query_only = ON');
    return;
  }
  if (db.pragma('journal_mode', { simple: true }) !== 'wal') db.pragma('journal_mode = WAL');
  // NORMAL may lose a committed step at a power cut, and a step that was done would look as if it never was.
  db.pragma('synchronous = FULL');
}

/**
 * Wraps a connection. `file` `:memory:` gives an empty one that is gone at `close`. Throws `store-corrupt` when the
 * file is no sound database, `store-failed` when it cannot be opened.
 */
export function openSql(
  sqlite: Sqlite,
  layout: Layout,
  options: { readonly file?: string; readonly readOnly: boolean },
): Sql {
  const file = options.file ?? layout.database;
  const corrupt = (what: string, cause?: unknown) => corruptStore(sqlite, layout, what, cause);
  const failure = (error: unknown): unknown =>
    saysCorrupt(error) ? corrupt('the file is damaged or no database', error) : diskTrouble(file, error);
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw failure(error);
    }
  };
  const inMemory = file === ':memory:';
  if (!inMemory && !options.readOnly) makePrivateFile(file);
  const db = guarded(() => new sqlite(file, { readonly: options.readOnly && !inMemory }));
  const statements = new Map<string, Database.Statement<Cell[], unknown>>();
  const sql: Sql = {
    layout,
    prepare: (text) => {
      const known = statements.get(text);
      if (known !== undefined) return known;
      const fresh = guarded(() => db.prepare<Cell[], unknown>(text));
      statements.set(text, fresh);
      return fresh;
    },
    exec: (text) => guarded(() => db.exec(text)),
    read: (work) => guarded(() => db.transaction(work).deferred()),
    write: (work) => guarded(() => db.transaction(work).immediate()),
    corrupt: (what) => corrupt(what),
    close: () => guarded(() => db.close()),
  };
  try {
    guarded(() => tune(db, options.readOnly && !inMemory));
  } catch (error) {
    db.close();
    throw error;
  }
  return sql;
}
