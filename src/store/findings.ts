import { z } from 'zod';
import type { HostName, RolloutId } from '../domain/brand.ts';
import type { Finding } from '../domain/finding.ts';
import type { Clock } from '../domain/ports.ts';
import type { FindingRecord } from '../domain/records.ts';
import { hostName, moment, rolloutId } from './parse/brands.ts';
import { findingSchema } from './parse/finding.ts';
import { fromJson, toJson } from './parse/json.ts';
import type { Sql } from './sql.ts';
import { sealedTable } from './table.ts';

/** What checks saw. */
export interface Findings {
  /** All of them or none; null for findings of no rollout. Throws `internal` for one that could not be read again. */
  recordFindings(rollout: RolloutId | null, findings: readonly Finding[]): void;
  /** Newest first; of one rollout, of one host, or of all. */
  findings(query: {
    readonly rollout?: RolloutId;
    readonly host?: HostName;
    readonly limit: number;
  }): readonly FindingRecord[];
}

const rowSchema = z.object({
  id: z.int(),
  rollout: rolloutId.nullable(),
  at: moment,
  host: hostName,
  data: z.string(),
});

type Row = z.infer<typeof rowSchema>;

function recordOf(sql: Sql, row: Row): FindingRecord {
  return {
    finding: fromJson(sql, findingSchema, row.data, `finding ${row.id}`),
    at: row.at,
    ...(row.rollout === null ? {} : { rollout: row.rollout }),
  };
}

/** The findings of a database. */
export function openFindings(sql: Sql, clock: Clock): Findings {
  const table = sealedTable(sql, 'findings', ['id'], rowSchema);
  return {
    recordFindings: (rollout, findings) =>
      sql.write(() => {
        const first = (table.row('ORDER BY id DESC')?.id ?? 0) + 1;
        for (const [index, finding] of findings.entries()) {
          const data = toJson(findingSchema, finding, `finding of ${finding.host}`);
          table.put({ id: first + index, rollout, at: clock.now(), host: finding.host, data });
        }
      }),
    findings: ({ rollout, host, limit }) =>
      sql.read(() => {
        const rows =
          rollout !== undefined && host !== undefined
            ? table.rows('WHERE rollout = ? AND host = ? ORDER BY id DESC LIMIT ?', rollout, host, limit)
            : rollout !== undefined
              ? table.rows('WHERE rollout = ? ORDER BY id DESC LIMIT ?', rollout, limit)
              : host !== undefined
                ? table.rows('WHERE host = ? ORDER BY id DESC LIMIT ?', host, limit)
                : table.rows('ORDER BY id DESC LIMIT ?', limit);
        return rows.map((row) => recordOf(sql, row));
      }),
  };
}
