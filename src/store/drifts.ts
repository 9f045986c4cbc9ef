import { z } from 'zod';
import type { HostName } from '../domain/brand.ts';
import type { HostDrift, InstanceDrift } from '../domain/drift.ts';
import type { DriftRecord } from '../domain/records.ts';
import { hostName, moment, sha256, version } from './parse/brands.ts';
import { driftStateSchema, hostDriftSchema } from './parse/drift.ts';
import { fromJson, toJson } from './parse/json.ts';
import type { Sql } from './sql.ts';
import { type SealedTable, sealedTable } from './table.ts';

/** The instance column of the row that stands for the host as a whole. */
const WHOLE_HOST = '';

/**
 * A row of `drifts`: a stretch of time in one state. At most one row of a host and instance is `current`. `data`
 * holds the newest `HostDrift`, on the row of the whole host alone.
 */
const rowSchema = z.object({
  id: z.int(),
  host: hostName,
  instance: z.string(),
  state: driftStateSchema,
  sha: sha256.nullable(),
  version: version.nullable(),
  reason: z.string(),
  since: moment,
  last_seen: moment,
  current: z.union([z.literal(0), z.literal(1)]),
  data: z.string().nullable(),
});

type Row = z.infer<typeof rowSchema>;

/** What one sweep says of a host or an instance. */
type Seen = Pick<Row, 'host' | 'instance' | 'state' | 'sha' | 'version' | 'reason' | 'data'>;

/** How hosts differed from the target, over time. */
export interface Drifts {
  /**
   * Takes in what a sweep at `at` saw. While state and sha stay, `since` stays. An instance that is not listed has
   * gone when the host was in `reached`; else nothing is known of it, and its stretch goes on. To be called inside
   * `Sql.write`.
   */
  put(drifts: readonly HostDrift[], at: number, reached: ReadonlySet<HostName>): void;
  /** The newest drift of each host, with `since`, by name. */
  latest(): readonly HostDrift[];
  /** Newest first, the host itself and its instances mixed. */
  history(host: HostName, limit: number): readonly DriftRecord[];
  /** To be called inside `Sql.write`. Returns whether there was any. */
  forget(host: HostName): boolean;
}

/** Names instances within a host: by port; else by path, counted where two have the same. */
function instanceNames(instances: readonly InstanceDrift[]): readonly string[] {
  const taken = new Map<string, number>();
  return instances.map((instance) => {
    const name =
      instance.port === undefined ? (instance.binary ?? instance.dataDir ?? '?') : `:${instance.port}`;
    const nth = (taken.get(name) ?? 0) + 1;
    taken.set(name, nth);
    return nth === 1 ? name : `${name} #${nth}`;
  });
}

function seenIn(drift: HostDrift): readonly Seen[] {
  const { host, state, reason } = drift;
  const names = instanceNames(drift.instances);
  const data = toJson(hostDriftSchema, drift, `drift of ${host}`);
  return [
    { host, instance: WHOLE_HOST, state, sha: null, version: null, reason, data },
    ...drift.instances.map((instance, index) => ({
      host,
      instance: names[index] ?? '?',
      state: instance.state,
      sha: instance.runningSha ?? null,
      version: instance.runningVersion ?? null,
      reason: instance.reason,
      data: null,
    })),
  ];
}

function recordOf(row: Row): DriftRecord {
  return {
    host: row.host,
    ...(row.instance === WHOLE_HOST ? {} : { instance: row.instance }),
    state: row.state,
    ...(row.sha === null ? {} : { sha: row.sha }),
    ...(row.version === null ? {} : { version: row.version }),
    reason: row.reason,
    since: row.since,
    lastSeen: row.last_seen,
    current: row.current === 1,
  };
}

/** What changes in a row while its stretch goes on. */
const TOUCHED = ['version', 'reason', 'last_seen', 'data'] as const;

function putOne(
  table: SealedTable<Row>,
  drift: HostDrift,
  at: number,
  reached: boolean,
  freshId: () => number,
): void {
  const seen = seenIn(drift);
  const rows = table.rows('WHERE host = ? AND current = 1', drift.host);
  const known = new Map(rows.map((row) => [row.instance, row]));
  const listed = new Set(seen.map(({ instance }) => instance));
  for (const row of rows) {
    if (reached && !listed.has(row.instance)) table.put({ ...row, current: 0 });
  }
  for (const now of seen) {
    const row = known.get(now.instance);
    if (row !== undefined && row.state === now.state && row.sha === now.sha) {
      table.change({ ...row, ...now, last_seen: at }, TOUCHED);
      continue;
    }
    if (row !== undefined) table.put({ ...row, current: 0, data: null });
    table.put({ ...now, id: freshId(), since: at, last_seen: at, current: 1 });
  }
}

/**
 * Throws `store-corrupt` when rows may be missing from the history of a host because somebody else's name stands in
 * them: each row is read, which holds it against its checksum, of hosts that have no current row; of all hosts where
 * there is no history.
 */
function checkStrays(table: SealedTable<Row>, found: readonly Row[]): void {
  if (found.length === 0) table.rows('');
  else table.rows(`WHERE host NOT IN (SELECT host FROM drifts WHERE instance = '' AND current = 1)`);
}

/** The drifts of a database. */
export function openDrifts(sql: Sql): Drifts {
  const table = sealedTable(sql, 'drifts', ['id'], rowSchema);
  return {
    put: (drifts, at, reached) => {
      let last = table.row('ORDER BY id DESC')?.id ?? 0;
      const freshId = (): number => {
        last += 1;
        return last;
      };
      for (const drift of drifts) putOne(table, drift, at, reached.has(drift.host), freshId);
    },
    latest: () => {
      const rows = table.rows(`WHERE instance = '' AND current = 1 ORDER BY host`);
      // Each host with a history has a current row; a damaged `current` or `instance` would hide the host.
      const hosts = Object(sql.prepare('SELECT count(DISTINCT host) AS hosts FROM drifts').get()).hosts;
      if (hosts !== rows.length) throw sql.corrupt(`the drift of ${rows.length} of ${hosts} hosts is there`);
      return rows.map((row) => {
        if (row.data === null) throw sql.corrupt(`the drift of ${row.host} is empty`);
        return { ...fromJson(sql, hostDriftSchema, row.data, `drift of ${row.host}`), since: row.since };
      });
    },
    history: (host, limit) => {
      const rows = table.rows('WHERE host = ? ORDER BY id DESC LIMIT ?', host, limit);
      checkStrays(table, rows);
      return rows.map(recordOf);
    },
    forget: (host) => sql.prepare('DELETE FROM drifts WHERE host = ?').run(host).changes > 0,
  };
}
