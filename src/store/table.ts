import type { z } from 'zod';
import { firstIssue } from './parse/first-issue.ts';
import { GENESIS, seal } from './seal.ts';
import type { Cell, Sql } from './sql.ts';

/** Hex digits kept of a row's checksum: 64 bits, enough to find damage, small in 5,000 rows. */
const SUM_DIGITS = 16;

/** A table whose every row carries a checksum over its cells, in its last column `sum`. */
export interface SealedTable<Row> {
  /** Inserts, or replaces the row of the same key. To be called inside `Sql.write`. */
  put(row: Row): void;
  /**
   * Writes a row that is there already and of which only `columns` changed: leaves the indexes of the others alone,
   * which `put` cannot. To be called inside `Sql.write`.
   */
  change(row: Row, columns: readonly (keyof Row & string)[]): void;
  /**
   * Rows by the end of a statement that stands in our code: `WHERE host = ? ORDER BY at`. Throws `store-corrupt`
   * when a row does not match its checksum or does not parse.
   */
  rows(where: string, ...bound: readonly Cell[]): readonly Row[];
  /** The first of `rows`. */
  row(where: string, ...bound: readonly Cell[]): Row | undefined;
}

/** A row as SQLite gives it. */
export function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null;
}

/** A value as SQLite gives it; anything that is no text or number counts as NULL, and then does not match its sum. */
function cellOf(value: unknown): Cell {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function sumOf(cells: readonly Cell[]): string {
  return seal(GENESIS, cells).slice(0, SUM_DIGITS);
}

/** Opens a table. The columns are the fields of the schema, in its order; `key` are those of the primary key. */
export function sealedTable<Row extends Readonly<Record<string, Cell>>>(
  sql: Sql,
  name: string,
  key: readonly string[],
  schema: z.ZodType<Row> & { readonly shape: object },
): SealedTable<Row> {
  const columns = Object.keys(schema.shape);
  const all = [...columns, 'sum'];
  const changed = all
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const put = `INSERT INTO ${name} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changed.join(', ')}`;
  const parse = (raw: unknown): Row => {
    const record = isRecord(raw) ? raw : {};
    const cells = columns.map((column) => cellOf(record[column]));
    const which = `row ${key.map((column) => JSON.stringify(record[column])).join(' ')} of ${name}`;
    if (sumOf(cells) !== record['sum']) {
      throw sql.corrupt(`${which} does not match its checksum`);
    }
    const row = schema.safeParse(record);
    if (!row.success) throw sql.corrupt(`${which} does not parse (${firstIssue(row.error)})`);
    return row.data;
  };
  const rows = (where: string, ...bound: readonly Cell[]): readonly Row[] =>
    sql
      .prepare(`SELECT ${all.join(', ')} FROM ${name} ${where}`)
      .all(...bound)
      .map(parse);
  return {
    put: (row) => {
      const cells = columns.map((column) => row[column] ?? null);
      sql.prepare(put).run(...cells, sumOf(cells));
    },
    change: (row, some) => {
      const cells = columns.map((column) => row[column] ?? null);
      const text = `UPDATE ${name} SET ${[...some, 'sum'].map((column) => `${column} = ?`).join(', ')}
        WHERE ${key.map((column) => `${column} = ?`).join(' AND ')}`;
      const [values, keys] = [some, key].map((names) => names.map((column) => row[column] ?? null));
      sql.prepare(text).run(...(values ?? []), sumOf(cells), ...(keys ?? []));
    },
    rows,
    row: (where, ...bound) => rows(`${where} LIMIT 1`, ...bound)[0],
  };
}
