import { RanchError } from '../domain/errors.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import { nextRolloutStatus } from '../domain/rollout-state.ts';
import type { Plans } from './plans.ts';
import { nextRolloutRow, type RolloutRow, rolloutRowSchema } from './rollout-rows.ts';
import type { Sql } from './sql.ts';
import { type SealedTable, sealedTable } from './table.ts';
import { nextUnitRow, pendingRows, type UnitRow, unitRowSchema } from './unit-rows.ts';

/** What the events amount to. Nothing stands here that could not be made again from them and the plans. */
export interface Projections {
  readonly rollouts: SealedTable<RolloutRow>;
  readonly units: SealedTable<UnitRow>;
  /**
   * Takes one more event in. To be called inside `Sql.write`, before the event is stored. Throws
   * `illegal-transition` when it cannot follow, or names a plan or unit that is not recorded.
   */
  apply(event: RolloutEvent): void;
  /** Forgets everything. To be called inside `Sql.write`. */
  clear(): void;
}

function unknown(place: string, message: string): RanchError {
  return new RanchError({
    code: 'illegal-transition',
    place,
    message,
    remedy: 'The journal and the program disagree; nothing was done. Keep the state folder and report this.',
  });
}

/** The projections of a database. */
export function openProjections(sql: Sql, plans: Plans): Projections {
  const rollouts = sealedTable(sql, 'rollouts', ['id'], rolloutRowSchema);
  const units = sealedTable(sql, 'rollout_units', ['rollout', 'host', 'unit'], unitRowSchema);
  const start = (event: Extract<RolloutEvent, { readonly type: 'rollout-started' }>): void => {
    const plan = plans.plan(event.plan);
    if (plan === undefined) throw unknown(event.rollout, `its plan ${event.plan} is not recorded`);
    rollouts.put({
      id: event.rollout,
      plan: event.plan,
      purpose: plan.purpose,
      target: plan.target,
      status: 'running',
      started: event.at,
      ended: null,
      outcome: null,
      reason: null,
      events: 1,
    });
    for (const row of pendingRows(event.rollout, plan, event.at)) units.put(row);
  };
  return {
    rollouts,
    units,
    apply: (event) => {
      const rollout = rollouts.row('WHERE id = ?', event.rollout);
      if (rollout === undefined) {
        nextRolloutStatus(undefined, event);
        if (event.type === 'rollout-started') start(event);
        return;
      }
      rollouts.put(nextRolloutRow(rollout, event));
      if (!('unit' in event)) return;
      const row = units.row(
        'WHERE rollout = ? AND host = ? AND unit = ?',
        event.rollout,
        event.host,
        event.unit,
      );
      if (row === undefined) throw unknown(`${event.host} ${event.unit}`, 'the plan has no such unit');
      units.put(nextUnitRow(sql, row, event));
    },
    clear: () => {
      sql.exec('DELETE FROM rollout_units; DELETE FROM rollouts');
    },
  };
}
