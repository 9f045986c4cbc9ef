import { existsSync } from 'node:fs';
import type { HostName } from '../domain/brand.ts';
import type { Clock } from '../domain/ports.ts';
import { type BackupResult, backupIfDue, isBackupDue } from './backup.ts';
import { checkJournal, checkNotEmptied, checkPages, checkSchema } from './check.ts';
import { type Findings, openFindings } from './findings.ts';
import { type Holds, openHolds } from './holds.ts';
import { type Layout, layoutOf, makePrivateDir } from './layout.ts';
import { withExclusive } from './lock.ts';
import { migrate, schemaOf } from './migrations.ts';
import { openRollouts, type Rollouts } from './rollouts.ts';
import { loadSqlite, openSql, type Sql, type Sqlite } from './sql.ts';
import { openSweeps, type Sweeps } from './sweeps.ts';

/** What ranch remembers: one SQLite file in a state directory. All calls are synchronous. */
export interface Store extends Rollouts, Findings, Omit<Sweeps, 'forgetSweeps'>, Omit<Holds, 'forgetHold'> {
  readonly stateDir: string;
  /** What came of today's backup when this store was opened; a failed one is worth a warning. */
  readonly backup: BackupResult;
  /**
   * Drops the observations, the drift and the hold of a host; returns whether there was anything. What rollouts did
   * to it, and what checks found, is history and stays.
   */
  forget(host: HostName): boolean;
  /** Makes today's backup (UTC) where there is none, after a full check. Throws `store-corrupt`. */
  backupIfDue(): BackupResult;
  /** Runs `use` as the one controller of this state directory; see `withExclusive` of `lock.ts`. */
  withExclusive<T>(holder: { readonly command: string }, use: () => Promise<T>): Promise<T>;
  close(): void;
}

/** How a store is opened. `readOnly` needs no lock, makes nothing, and sees an empty store where there is none. */
export interface StoreOptions {
  readonly clock: Clock;
  readonly readOnly?: boolean;
}

function assemble(sqlite: Sqlite, sql: Sql, clock: Clock, readOnly: boolean): Store {
  const rollouts = openRollouts(sql);
  const { forgetSweeps, ...sweeps } = openSweeps(sql);
  const { forgetHold, ...holds } = openHolds(sql, clock);
  const backup = (): BackupResult => {
    if (readOnly || !isBackupDue(sql.layout, clock)) return { kind: 'not-due' };
    // Once a day everything is checked, so that a backup is never one of a damaged store.
    checkPages(sql);
    rollouts.verifyEvents();
    return backupIfDue(sqlite, sql, clock);
  };
  return {
    ...rollouts,
    ...sweeps,
    ...openFindings(sql, clock),
    ...holds,
    stateDir: sql.layout.dir,
    backup: backup(),
    forget: (host) =>
      sql.write(() => {
        const some = forgetSweeps(host);
        return forgetHold(host) || some;
      }),
    backupIfDue: backup,
    withExclusive: (holder, use) => withExclusive(sql.layout.dir, { ...holder, clock }, use),
    close: sql.close,
  };
}

function openForWriting(sqlite: Sqlite, layout: Layout): Sql {
  makePrivateDir(layout.dir);
  checkNotEmptied(sqlite, layout);
  checkJournal(sqlite, layout);
  const sql = openSql(sqlite, layout, { readOnly: false });
  try {
    checkPages(sql);
    migrate(sql);
    checkSchema(sqlite, sql);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

async function openForReading(sqlite: Sqlite, layout: Layout, clock: Clock): Promise<Sql> {
  if (!existsSync(layout.database)) {
    const empty = openSql(sqlite, layout, { file: ':memory:', readOnly: true });
    migrate(empty);
    // What a reading command wrote here would be gone without a word.
    empty.exec('PRAGMA query_only = ON');
    return empty;
  }
  checkNotEmptied(sqlite, layout);
  checkJournal(sqlite, layout);
  const sql = openSql(sqlite, layout, { readOnly: true });
  try {
    checkPages(sql);
    if (schemaOf(sql) === 'current') {
      checkSchema(sqlite, sql);
      return sql;
    }
  } catch (error) {
    sql.close();
    throw error;
  }
  sql.close();
  // An older schema is brought up to date first, and not under the feet of an older ranch that is at work.
  await withExclusive(layout.dir, { command: 'ranch: new schema', clock }, async () => {
    openForWriting(sqlite, layout).close();
  });
  return openSql(sqlite, layout, { readOnly: true });
}

/**
 * Opens the store of a state directory, which is made where it is missing (mode 0700, its files 0600). Brings an older
 * schema up to date, checks the file, and writes today's backup when it is due. Throws `store-newer`,
 * `store-corrupt` (with the backup to put in place), `store-failed`; reading an older schema also `state-locked`.
 */
export async function openStore(stateDir: string, { clock, readOnly = false }: StoreOptions): Promise<Store> {
  const layout = layoutOf(stateDir);
  const sqlite = await loadSqlite();
  const sql = readOnly ? await openForReading(sqlite, layout, clock) : openForWriting(sqlite, layout);
  try {
    return assemble(sqlite, sql, clock, readOnly);
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** Opens a store, runs `use`, and closes it whatever happens. Throws what `openStore` throws. */
export async function withStore<T>(
  stateDir: string,
  options: StoreOptions,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(stateDir, options);
  try {
    return await use(store);
  } finally {
    store.close();
  }
}
