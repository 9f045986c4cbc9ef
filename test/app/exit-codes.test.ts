import { expect, test } from 'vitest';
import { abortExit } from '../../src/app/exit-codes.ts';
import type { RolloutDetail, RolloutUnitRecord } from '../../src/domain/records.ts';
import type { Outcome, RolloutStatus } from '../../src/domain/rollout.ts';
import type { RolloutEnd } from '../../src/execute/run-rollout.ts';
import { host, NOW, PLAN, ROLLOUT, UNIT } from '../views/fixtures.ts';

const ABORTED: RolloutEnd = { kind: 'ended', outcome: 'aborted', reason: 'asked for' };
const INTERRUPTED: RolloutEnd = { kind: 'paused', reason: 'interrupted' };

function exitOf(end: RolloutEnd, ...outcomes: readonly Outcome[]) {
  const { hash: plan, purpose, target } = PLAN;
  const status: RolloutStatus = end.kind === 'ended' ? end.outcome : 'paused';
  const at = { attempt: 1, updatedAt: NOW };
  const units = outcomes.map(
    (outcome): RolloutUnitRecord => ({ host: host('lilly'), unit: UNIT, state: 'ended', outcome, ...at }),
  );
  const rollout = { id: ROLLOUT, plan, purpose, target, status, startedAt: NOW };
  const detail: RolloutDetail = { rollout, plan: PLAN, units, events: [] };
  return abortExit({ end, detail });
}

test('an abort is 0 only when no host needs a person', () => {
  expect(exitOf(ABORTED, 'changed', 'reverted', 'skipped', 'unchanged')).toBe(0);
  expect(exitOf(ABORTED, 'changed', 'failed')).toBe(1);
  expect(exitOf(ABORTED, 'unreachable', 'skipped')).toBe(3);
  expect(exitOf(ABORTED, 'inconclusive')).toBe(1);
  expect(exitOf(INTERRUPTED, 'changed')).toBe(130);
});
