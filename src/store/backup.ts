import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Trouble } from '../domain/errors.ts';
import { RanchError, troubleOf } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import { isSound, listBackups } from './corrupt.ts';
import { type Layout, makePrivateDir, makePrivateFile } from './layout.ts';
import type { Sql, Sqlite } from './sql.ts';
import { diskTrouble } from './trouble.ts';

/** Backups kept: a week of daily ones, so that damage found on a Monday can be older than the weekend. */
const KEPT = 7;

/** A partial backup this old was left by a process that died: the largest store takes seconds. Milliseconds. */
const ABANDONED_MS = 3_600_000;

/** What came of a backup. A backup that failed does not stop the command: the store itself is sound. */
export type BackupResult =
  | { readonly kind: 'made'; readonly file: string }
  | { readonly kind: 'not-due' }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

/** `20261124`, in UTC. */
function dayOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
}

function syncToDisk(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function clearAbandoned(layout: Layout, clock: Clock): void {
  for (const name of readdirSync(layout.backups)) {
    const file = join(layout.backups, name);
    if (name.includes('.part-') && clock.now() - statSync(file).mtimeMs > ABANDONED_MS)
      rmSync(file, { force: true });
  }
}

function copyTo(sqlite: Sqlite, sql: Sql, file: string): void {
  const part = `${file}.part-${process.pid}`;
  rmSync(part, { force: true });
  try {
    // VACUUM INTO takes an empty file, and keeps its mode.
    makePrivateFile(part);
    sql.prepare('VACUUM INTO ?').run(part);
    if (!isSound(sqlite, part)) {
      throw new RanchError({
        code: 'store-failed',
        place: file,
        message: 'the backup that was just written does not read back sound',
        remedy: 'Look at this disk (`dmesg`); the store itself was checked and is sound.',
      });
    }
    syncToDisk(part);
    renameSync(part, file);
    syncToDisk(join(file, '..'));
  } finally {
    rmSync(part, { force: true });
  }
}

/** True when today (UTC) has no backup yet. */
export function isBackupDue(layout: Layout, clock: Clock): boolean {
  return !existsSync(join(layout.backups, `ranch-${dayOf(clock)}.sqlite`));
}

/**
 * Writes today's backup where there is none: by `VACUUM INTO` beside its name, opened and checked, then renamed.
 * Keeps the newest seven. Expects that the store was checked. A failure is a result, not an exception.
 */
export function backupIfDue(sqlite: Sqlite, sql: Sql, clock: Clock): BackupResult {
  const { layout } = sql;
  if (!isBackupDue(layout, clock)) return { kind: 'not-due' };
  const file = join(layout.backups, `ranch-${dayOf(clock)}.sqlite`);
  try {
    makePrivateDir(layout.backups);
    clearAbandoned(layout, clock);
    copyTo(sqlite, sql, file);
    for (const old of listBackups(layout).slice(KEPT)) rmSync(old, { force: true });
    return { kind: 'made', file };
  } catch (error) {
    const trouble = diskTrouble(layout.backups, error);
    if (!(trouble instanceof RanchError)) throw trouble;
    return { kind: 'failed', trouble: troubleOf(trouble) };
  }
}
