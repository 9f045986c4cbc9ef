import { z } from 'zod';
import type { RolloutRecord } from '../domain/records.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import { nextRolloutStatus } from '../domain/rollout-state.ts';
import { moment, planHash, rolloutId, version } from './parse/brands.ts';
import { rolloutOutcomeSchema } from './parse/event.ts';

/** A row of `rollouts`. `events` counts its events, so that a lost one is seen. */
export const rolloutRowSchema = z.object({
  id: rolloutId,
  plan: planHash,
  purpose: z.enum(['rollout', 'rollback']),
  target: version,
  status: z.enum(['running', 'paused', ...rolloutOutcomeSchema.options]),
  started: moment,
  ended: moment.nullable(),
  outcome: rolloutOutcomeSchema.nullable(),
  reason: z.string().nullable(),
  events: z.int(),
});

/** A row of `rollouts`. */
export type RolloutRow = z.infer<typeof rolloutRowSchema>;

function reasonAfter(row: RolloutRow, event: RolloutEvent): string | null {
  if (event.type === 'rollout-paused' || event.type === 'rollout-aborted') return event.reason;
  return event.type === 'rollout-resumed' ? null : row.reason;
}

/** A row after one more event. Throws `illegal-transition`. */
export function nextRolloutRow(row: RolloutRow, event: RolloutEvent): RolloutRow {
  const status = nextRolloutStatus(row.status, event);
  const end = event.type === 'rollout-ended' ? { ended: event.at, outcome: event.outcome } : {};
  return { ...row, ...end, status, reason: reasonAfter(row, event), events: row.events + 1 };
}

/** A row as the record that views show. */
export function rolloutRecord(row: RolloutRow): RolloutRecord {
  return {
    id: row.id,
    plan: row.plan,
    purpose: row.purpose,
    target: row.target,
    status: row.status,
    startedAt: row.started,
    ...(row.ended === null ? {} : { endedAt: row.ended }),
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
