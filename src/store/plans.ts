import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { RanchError } from '../domain/errors.ts';
import type { Plan, PlanHash } from '../domain/plan.ts';
import { moment, planHash } from './parse/brands.ts';
import { fromJson, toJson } from './parse/json.ts';
import { planSchema } from './parse/plan.ts';
import type { Sql } from './sql.ts';
import { sealedTable } from './table.ts';

/** Plans by their hash. */
export interface Plans {
  /** Durable when it returns; the same plan again changes nothing. Throws `plan-invalid` for another plan of that hash. */
  savePlan(plan: Plan): void;
  /** Undefined where no such plan was saved. Throws `store-corrupt`. */
  plan(hash: PlanHash): Plan | undefined;
}

const rowSchema = z.object({ hash: planHash, created: moment, data: z.string() });

/** The plans of a database. */
export function openPlans(sql: Sql): Plans {
  const table = sealedTable(sql, 'plans', ['hash'], rowSchema);
  const plan = (hash: PlanHash): Plan | undefined => {
    const row = table.row('WHERE hash = ?', hash);
    return row && fromJson(sql, planSchema, row.data, `plan ${hash}`);
  };
  return {
    plan: (hash) => sql.read(() => plan(hash)),
    savePlan: (fresh) =>
      sql.write(() => {
        const known = plan(fresh.hash);
        if (known === undefined) {
          const data = toJson(planSchema, fresh, `plan ${fresh.hash}`);
          table.put({ hash: fresh.hash, created: fresh.createdAt, data });
        } else if (!isDeepStrictEqual(known, fresh)) {
          throw new RanchError({
            code: 'plan-invalid',
            place: `plan ${fresh.hash}`,
            message: 'another plan with this hash is recorded already',
            remedy: 'Make the plan again with `ranch plan`; this one was changed after it was hashed.',
          });
        }
      }),
  };
}
