import { z } from 'zod';
import type { HostName } from '../domain/brand.ts';
import type { Clock } from '../domain/ports.ts';
import type { HoldRecord } from '../domain/records.ts';
import { hostName, moment } from './parse/brands.ts';
import type { Sql } from './sql.ts';
import { sealedTable } from './table.ts';

/** Hosts that plans leave alone for a while. */
export interface Holds {
  /** Holds a host until a moment (milliseconds since the epoch); one that has passed lifts the hold. */
  hold(host: HostName, until: number): void;
  /** Those that hold now, by name. */
  holds(): readonly HoldRecord[];
  /** Drops the hold of a host; returns whether there was one. To be called inside `Sql.write`. */
  forgetHold(host: HostName): boolean;
}

const rowSchema = z.object({ host: hostName, since: moment, until: moment });

/** The holds of a database. */
export function openHolds(sql: Sql, clock: Clock): Holds {
  const table = sealedTable(sql, 'holds', ['host'], rowSchema);
  // All are read and checked: a damaged `until` that SQL compares would end a hold without a word.
  const current = (now: number) => table.rows('ORDER BY host').filter(({ until }) => until > now);
  const forgetHold = (host: HostName): boolean =>
    sql.prepare('DELETE FROM holds WHERE host = ?').run(host).changes > 0;
  return {
    hold: (host, until) =>
      sql.write(() => {
        const now = clock.now();
        if (until <= now) forgetHold(host);
        else
          table.put({
            host,
            since: current(now).find((row) => row.host === host)?.since ?? now,
            until,
          });
      }),
    holds: () => sql.read(() => current(clock.now())),
    forgetHold,
  };
}
