import { z } from 'zod';
import type { HostName } from '../domain/brand.ts';
import { type HostDrift, isDrift } from '../domain/drift.ts';
import type { Observation } from '../domain/observation.ts';
import type { DriftRecord, ObservationRecord, SweepRecord } from '../domain/records.ts';
import { openDrifts } from './drifts.ts';
import { openObservations } from './observations.ts';
import { moment } from './parse/brands.ts';
import type { Sql } from './sql.ts';
import { sealedTable } from './table.ts';

/** What the ranch looked like. */
export interface Sweeps {
  /**
   * Records one look, all of it or nothing. `at` and `tookMs` are milliseconds. A drift keeps its `since` while state
   * and sha stay the same. Throws `internal` for a record that could not be read again.
   */
  recordSweep(
    sweep: { readonly id: string; readonly at: number; readonly tookMs: number },
    observations: readonly Observation[],
    drifts: readonly HostDrift[],
  ): void;
  /** The newest of each host, by name. */
  latestObservations(): readonly ObservationRecord[];
  /** The newest of each host, by name, each with `since`. */
  latestDrift(): readonly HostDrift[];
  /** Newest first. */
  driftHistory(host: HostName, limit: number): readonly DriftRecord[];
  /** Newest first. */
  sweeps(limit: number): readonly SweepRecord[];
  /** Drops observations and drift of a host; returns whether there was anything. To be called inside `Sql.write`. */
  forgetSweeps(host: HostName): boolean;
}

const rowSchema = z.object({
  id: z.string(),
  at: moment,
  took_ms: z.number(),
  hosts: z.int(),
  reached: z.int(),
  drifted: z.int(),
});

/** The sweeps of a database. */
export function openSweeps(sql: Sql): Sweeps {
  const table = sealedTable(sql, 'sweeps', ['id'], rowSchema);
  const observed = openObservations(sql);
  const drifted = openDrifts(sql);
  return {
    recordSweep: ({ id, at, tookMs }, observations, drifts) => {
      const reached = new Set(observations.filter(({ kind }) => kind === 'reached').map(({ host }) => host));
      sql.write(() => {
        table.put({
          id,
          at,
          took_ms: tookMs,
          hosts: observations.length,
          reached: reached.size,
          drifted: drifts.filter(({ state }) => isDrift(state)).length,
        });
        observed.put(id, observations);
        drifted.put(drifts, at, reached);
      });
    },
    latestObservations: () => sql.read(observed.latest),
    latestDrift: () => sql.read(drifted.latest),
    driftHistory: (host, limit) => sql.read(() => drifted.history(host, limit)),
    sweeps: (limit) =>
      sql.read(() =>
        table
          .rows('ORDER BY at DESC, id DESC LIMIT ?', limit)
          .map(({ took_ms, ...rest }) => ({ ...rest, tookMs: took_ms })),
      ),
    forgetSweeps: (host) => {
      const some = observed.forget(host);
      return drifted.forget(host) || some;
    },
  };
}
