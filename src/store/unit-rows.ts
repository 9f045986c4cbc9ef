import { z } from 'zod';
import type { RolloutId } from '../domain/brand.ts';
import type { Plan } from '../domain/plan.ts';
import type { RolloutUnitRecord } from '../domain/records.ts';
import { nextUnitState, type UnitEvent, type UnitState } from '../domain/unit-state.ts';
import { hostName, moment, rolloutId } from './parse/brands.ts';
import { outcomeSchema, stepSchema } from './parse/event.ts';
import { fromJson } from './parse/json.ts';
import { troubleSchema } from './parse/trouble.ts';
import type { Sql } from './sql.ts';

/** A row of `rollout_units`. `position` is the unit's place in the plan. */
export const unitRowSchema = z.object({
  rollout: rolloutId,
  position: z.int(),
  host: hostName,
  unit: z.string(),
  state: z.enum(['pending', 'intended', 'done', 'failed', 'ended']),
  step: stepSchema.nullable(),
  /** The furthest step meant since the last revert. */
  reached: stepSchema.nullable(),
  attempt: z.int(),
  outcome: outcomeSchema.nullable(),
  trouble: z.string().nullable(),
  updated: moment,
});

/** A row of `rollout_units`. */
export type UnitRow = z.infer<typeof unitRowSchema>;

/** The rows of a plan's units at the start of a rollout, all pending. */
export function pendingRows(rollout: RolloutId, plan: Plan, at: number): readonly UnitRow[] {
  return plan.waves
    .flatMap((wave) => wave.hosts)
    .flatMap((host) => host.units.map((unit) => ({ host: host.host, unit: unit.binary })))
    .map(({ host, unit }, position) => ({
      rollout,
      position,
      host,
      unit,
      state: 'pending',
      step: null,
      reached: null,
      attempt: 0,
      outcome: null,
      trouble: null,
      updated: at,
    }));
}

/** Where the unit of a row stands. Throws `store-corrupt` for a row that says nothing. */
export function unitStateOf(sql: Sql, row: UnitRow): UnitState {
  if (row.state === 'pending') return { kind: 'pending' };
  if (row.state === 'ended') {
    if (row.outcome !== null) return { kind: 'ended', outcome: row.outcome };
  } else if (row.step !== null && row.reached !== null) {
    const { step, reached, attempt } = row;
    return row.state === 'intended'
      ? { kind: 'intended', step, reached, attempt }
      : { kind: row.state, step, reached };
  }
  throw sql.corrupt(`the unit ${row.unit} of ${row.host} in ${row.rollout} has no step or outcome`);
}

/** The trouble to show after one more event: the last one told, until the unit ends well without one. */
function troubleAfter(row: UnitRow, event: UnitEvent): string | null {
  if (event.type === 'step-failed') return JSON.stringify(event.trouble);
  if (event.type !== 'unit-ended') return row.trouble;
  if (event.trouble !== undefined) return JSON.stringify(event.trouble);
  return event.outcome === 'changed' || event.outcome === 'unchanged' ? null : row.trouble;
}

/** A row after one more event. Throws `illegal-transition`. */
export function nextUnitRow(sql: Sql, row: UnitRow, event: UnitEvent): UnitRow {
  const state = nextUnitState(unitStateOf(sql, row), event);
  return {
    ...row,
    state: state.kind,
    step: event.type === 'unit-ended' ? row.step : event.step,
    reached: 'reached' in state ? state.reached : row.reached,
    attempt: event.type === 'unit-ended' ? row.attempt : event.attempt,
    outcome: state.kind === 'ended' ? state.outcome : null,
    trouble: troubleAfter(row, event),
    updated: event.at,
  };
}

/** A row as the record that views show. */
export function unitRecord(sql: Sql, row: UnitRow): RolloutUnitRecord {
  const trouble =
    row.trouble === null
      ? {}
      : { trouble: fromJson(sql, troubleSchema, row.trouble, `trouble of ${row.host}`) };
  return {
    host: row.host,
    unit: row.unit,
    state: row.state,
    ...(row.step === null ? {} : { step: row.step }),
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
    attempt: row.attempt,
    ...trouble,
    updatedAt: row.updated,
  };
}
