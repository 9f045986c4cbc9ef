import { z } from 'zod';
import type { RolloutEvent } from '../domain/rollout.ts';
import { eventSchema } from './parse/event.ts';
import { GENESIS, seal } from './seal.ts';
import type { Cell, Sql } from './sql.ts';

/** The columns that stand beside `data`, so that a person can query them; `data` holds the rest of the event. */
const EVENT_COLUMNS = ['at', 'rollout', 'type', 'host', 'unit', 'step', 'attempt'] as const;

const rowSchema = z.object({
  seq: z.int(),
  at: z.int(),
  rollout: z.string(),
  type: z.string(),
  host: z.string().nullable(),
  unit: z.string().nullable(),
  step: z.string().nullable(),
  attempt: z.int().nullable(),
  data: z.string(),
  sum: z.string(),
  previous: z.string().nullable(),
});

/** Events read at once when all are read: a few hundred KiB of memory, whatever the length of the journal. */
const PAGE = 1_000;

const headSchema = z.object({ seq: z.int(), sum: z.string(), last: z.string().nullable(), rows: z.int() });

const SELECT = `SELECT e.seq, ${EVENT_COLUMNS.map((column) => `e.${column}`).join(', ')}, e.data, e.sum, p.sum AS previous
  FROM events e LEFT JOIN events p ON p.seq = e.seq - 1`;

/** The events of all rollouts in one chain: each row's checksum covers that of the row before. */
export interface Chain {
  /** Adds an event at the end. To be called inside `Sql.write`. Throws `store-corrupt` when the end is not sound. */
  add(event: RolloutEvent): void;
  /** The events of one rollout in order of appending, each checked. Throws `store-corrupt` naming the row. */
  of(rollout: string): readonly RolloutEvent[];
  /** Every event from the first, each checked, and that none is missing at the end. Throws `store-corrupt`. */
  all(): Iterable<RolloutEvent>;
}

/** What a row's checksum covers. */
function cellsOf(row: z.infer<typeof rowSchema>): readonly Cell[] {
  return [row.seq, ...EVENT_COLUMNS.map((column) => row[column]), row.data];
}

function parseRow(sql: Sql, raw: unknown): RolloutEvent {
  const parsed = rowSchema.safeParse(raw);
  if (!parsed.success) throw sql.corrupt('a row of events does not parse');
  const row = parsed.data;
  const which = `row ${row.seq} of events`;
  const previous = row.seq === 1 ? GENESIS : row.previous;
  if (previous === null) throw sql.corrupt(`row ${row.seq - 1} of events is missing`);
  if (seal(previous, cellsOf(row)) !== row.sum) {
    throw sql.corrupt(`${which} does not match its checksum`);
  }
  let rest: unknown;
  try {
    rest = JSON.parse(row.data);
  } catch {
    throw sql.corrupt(`${which} is not JSON`);
  }
  const columns = EVENT_COLUMNS.map((column) => [column, row[column]] as const);
  const present = columns.filter(([, value]) => value !== null);
  const event = eventSchema.safeParse({ ...Object(rest), ...Object.fromEntries(present) });
  if (!event.success) throw sql.corrupt(`${which} does not parse`);
  return event.data;
}

/** The events of a database. */
export function openChain(sql: Sql): Chain {
  /** The last event's number and checksum, held twice: in its row and in `chain`. */
  const head = () => {
    const raw = sql
      .prepare(`SELECT c.seq, c.sum, e.sum AS last, (SELECT coalesce(max(seq), 0) FROM events) AS rows
        FROM chain c LEFT JOIN events e ON e.seq = c.seq`)
      .get();
    const parsed = headSchema.safeParse(raw);
    if (!parsed.success) throw sql.corrupt('the end of events is not recorded');
    const { seq, sum, last, rows } = parsed.data;
    if (rows !== seq || sum !== (seq === 0 ? GENESIS : last)) {
      throw sql.corrupt(`events end at row ${rows}, but row ${seq} was the last written`);
    }
    return { seq, sum };
  };
  return {
    add: (event) => {
      const { seq, sum: previous } = head();
      const fields = new Map<string, unknown>(Object.entries(event));
      const rest = [...fields].filter(([name]) => !(EVENT_COLUMNS as readonly string[]).includes(name));
      const data = JSON.stringify(Object.fromEntries(rest));
      const cells: readonly Cell[] = [
        seq + 1,
        ...EVENT_COLUMNS.map((column) => {
          const value = fields.get(column);
          return typeof value === 'string' || typeof value === 'number' ? value : null;
        }),
        data,
      ];
      const sum = seal(previous, cells);
      sql
        .prepare(`INSERT INTO events (seq, ${EVENT_COLUMNS.join(', ')}, data, sum)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
        .run(...cells, sum);
      sql.prepare('UPDATE chain SET seq = ?, sum = ? WHERE id = 1').run(seq + 1, sum);
    },
    of: (rollout) =>
      sql
        .prepare(`${SELECT} WHERE e.rollout = ? ORDER BY e.seq`)
        .all(rollout)
        .map((raw) => parseRow(sql, raw)),
    *all() {
      const { seq: last } = head();
      for (let from = 1; from <= last; from += PAGE) {
        const rows = sql
          .prepare(`${SELECT} WHERE e.seq BETWEEN ? AND ? ORDER BY e.seq`)
          .all(from, from + PAGE - 1);
        for (const raw of rows) yield parseRow(sql, raw);
        if (rows.length !== Math.min(PAGE, last - from + 1))
          throw sql.corrupt(`events from row ${from} are missing`);
      }
    },
  };
}
