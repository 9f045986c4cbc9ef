import { z } from 'zod';
import type { HostName } from '../domain/brand.ts';
import type { Observation, ReachedObservation } from '../domain/observation.ts';
import type { ObservationRecord } from '../domain/records.ts';
import { hostName, moment } from './parse/brands.ts';
import { fromJson, toJson } from './parse/json.ts';
import { observationSchema, reachedSchema } from './parse/observation.ts';
import type { Sql } from './sql.ts';
import { sealedTable } from './table.ts';

/** A row of `observations`: a host has its newest look that reached it, and the newest that did not since then. */
const rowSchema = z.object({
  host: hostName,
  kind: z.enum(['reached', 'unreachable']),
  sweep: z.string(),
  since: moment.nullable(),
  data: z.string(),
});

type Row = z.infer<typeof rowSchema>;

/** The newest observation of each host. */
export interface Observations {
  /** To be called inside `Sql.write`. Throws `internal` for an observation that could not be read again. */
  put(sweep: string, observations: readonly Observation[]): void;
  latest(): readonly ObservationRecord[];
  /** To be called inside `Sql.write`. Returns whether there was one. */
  forget(host: HostName): boolean;
}

function recordOf(sql: Sql, row: Row, reached: ReachedObservation | undefined): ObservationRecord {
  return {
    observation: fromJson(sql, observationSchema, row.data, `observation of ${row.host}`),
    sweep: row.sweep,
    ...(row.since === null ? {} : { unreachableSince: row.since }),
    ...(reached === undefined ? {} : { lastReached: reached }),
  };
}

/** The observations of a database. */
export function openObservations(sql: Sql): Observations {
  const table = sealedTable(sql, 'observations', ['host', 'kind'], rowSchema);
  const remove = (where: string, host: HostName): boolean =>
    sql.prepare(`DELETE FROM observations ${where}`).run(host).changes > 0;
  return {
    put: (sweep, observations) => {
      const lost = new Map(table.rows(`WHERE kind = 'unreachable'`).map((row) => [row.host, row.since]));
      for (const observation of observations) {
        const { host, kind } = observation;
        const data = toJson(observationSchema, observation, `observation of ${host}`);
        const since = kind === 'reached' ? null : (lost.get(host) ?? observation.at);
        table.put({ host, kind, sweep, since, data });
        if (kind === 'reached' && lost.has(host)) remove(`WHERE host = ? AND kind = 'unreachable'`, host);
      }
    },
    latest: () => {
      const reached = new Map<HostName, Row>();
      const unreachable = new Map<HostName, Row>();
      for (const row of table.rows('ORDER BY host')) {
        (row.kind === 'reached' ? reached : unreachable).set(row.host, row);
      }
      const hosts = [...new Set([...reached.keys(), ...unreachable.keys()])].sort();
      return hosts.flatMap((host) => {
        const good = reached.get(host);
        const bad = unreachable.get(host);
        if (bad === undefined) return good === undefined ? [] : [recordOf(sql, good, undefined)];
        const last = good && fromJson(sql, reachedSchema, good.data, `observation of ${host}`);
        return [recordOf(sql, bad, last)];
      });
    },
    forget: (host) => remove('WHERE host = ?', host),
  };
}
