import { RanchError } from '../domain/errors.ts';
import { FIRST_SCHEMA } from './schema-1.ts';
import type { Sql } from './sql.ts';
import { isRecord } from './table.ts';

/** Marks a database as ours: `rnch` in ASCII. */
export const APPLICATION_ID = 0x726e6368;

/** In order; the number of a migration is its place, from 1. Never edit one that was released: add another. */
const MIGRATIONS: readonly string[] = [FIRST_SCHEMA];

/** The schema this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

function pragma(sql: Sql, name: 'user_version' | 'application_id'): number {
  const row = sql.prepare(`PRAGMA ${name}`).get();
  const value = isRecord(row) ? row[name] : undefined;
  return typeof value === 'number' ? value : -1;
}

/** Whether a database has the schema of this program, needs a migration, or is empty. Throws `store-newer`. */
export function schemaOf(sql: Sql): 'current' | 'older' {
  const version = sql.read(() => pragma(sql, 'user_version'));
  const id = sql.read(() => pragma(sql, 'application_id'));
  if (id !== APPLICATION_ID && !(id === 0 && version === 0))
    throw sql.corrupt('the file is no store of ranch');
  if (version > SCHEMA_VERSION) {
    throw new RanchError({
      code: 'store-newer',
      place: sql.layout.database,
      message: `was written by a newer ranch (schema ${version}; this one knows ${SCHEMA_VERSION})`,
      remedy: 'Use the newer ranch, or name another state folder with `--state`.',
    });
  }
  if (version < 0) throw sql.corrupt(`there is no schema ${version}`);
  return version === SCHEMA_VERSION ? 'current' : 'older';
}

/**
 * Brings a database to the schema of this program, each migration in a transaction of its own. Safe when two
 * processes do it at once: the second finds it done. Throws `store-newer`, `store-corrupt`, `store-failed`.
 */
export function migrate(sql: Sql): void {
  while (schemaOf(sql) === 'older') {
    sql.write(() => {
      const version = pragma(sql, 'user_version');
      const next = MIGRATIONS[version];
      if (next === undefined) return;
      if (version === 0 && sql.prepare('SELECT name FROM sqlite_schema').get() !== undefined) {
        throw sql.corrupt('it has tables but no schema number');
      }
      sql.exec(next);
      sql.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
}
