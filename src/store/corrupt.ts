import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RanchError } from '../domain/errors.ts';
import type { Layout } from './layout.ts';
import type { Sqlite } from './sql.ts';
import { codeOf, diskTrouble } from './trouble.ts';

const BACKUP_NAME = /^ranch-\d{8}\.sqlite$/;

/** The backups of a state directory, newest first, as full paths. Throws `store-failed`. */
export function listBackups(layout: Layout): readonly string[] {
  try {
    if (!existsSync(layout.backups)) return [];
    return readdirSync(layout.backups)
      .filter((name) => BACKUP_NAME.test(name))
      .sort()
      .reverse()
      .map((name) => join(layout.backups, name));
  } catch (error) {
    throw diskTrouble(layout.backups, error);
  }
}

/** Whether a file opens as a database and SQLite finds nothing wrong in it. */
export function isSound(sqlite: Sqlite, file: string): boolean {
  try {
    const db = new sqlite(file, { readonly: true, fileMustExist: true });
    try {
      return db.pragma('quick_check(1)', { simple: true }) === 'ok';
    } finally {
      db.close();
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}

/** A path as a person can paste it into a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** `store-corrupt`, naming the newest backup that still opens and how to put it in place. */
export function corruptStore(sqlite: Sqlite, layout: Layout, what: string, cause?: unknown): RanchError {
  const backup = listBackups(layout).find((file) => isSound(sqlite, file));
  const [database, damaged] = [quoted(layout.database), quoted(join(layout.dir, 'damaged'))];
  const aside = `mkdir -p ${damaged} && mv ${database}* ${damaged}/`;
  return new RanchError(
    {
      code: 'store-corrupt',
      place: layout.database,
      message: `the store is damaged: ${what}`,
      remedy:
        backup === undefined
          ? `There is no backup. End every ranch, then start an empty store with \`${aside}\`; the hosts are untouched.`
          : `End every ranch, then put the last good backup in place: \`${aside} && cp -p ${quoted(backup)} ${database}\`.`,
    },
    { cause },
  );
}
