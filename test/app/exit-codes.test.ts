import { expect, test } from 'vitest';
import type { Executed } from '../../src/app/execute-plan.ts';
import { abortExit, rolloutExit } from '../../src/app/exit-codes.ts';
import type { RolloutDetail, RolloutUnitRecord } from '../../src/domain/records.ts';
import type { Outcome, RolloutStatus } from '../../src/domain/rollout.ts';
import type { RolloutEnd } from '../../src/execute/run-rollout.ts';
import { host, NOW, PLAN, ROLLOUT, UNIT } from '../views/fixtures.ts';

const ABORTED: RolloutEnd = { kind: 'ended', outcome: 'aborted', reason: 'asked for' };
const INTERRUPTED: RolloutEnd = { kind: 'paused', reason: 'interrupted' };

const FAILED: RolloutEnd = { kind: 'ended', outcome: 'failed', reason: 'the canary did not pass' };
const PARTIAL: RolloutEnd = { kind: 'ended', outcome: 'partial', reason: 'some failed, within the budget' };

function executed(end: RolloutEnd, outcomes: readonly Outcome[]): Executed {
  const { hash: plan, purpose, target } = PLAN;
  const status: RolloutStatus = end.kind === 'ended' ? end.outcome : 'paused';
  const at = { attempt: 1, updatedAt: NOW };
  const units = outcomes.map(
    (outcome): RolloutUnitRecord => ({ host: host('lilly'), unit: UNIT, state: 'ended', outcome, ...at }),
  );
  const rollout = { id: ROLLOUT, plan, purpose, target, status, startedAt: NOW };
  const detail: RolloutDetail = { rollout, plan: PLAN, units, events: [] };
  return { end, detail };
}

function exitOf(end: RolloutEnd, ...outcomes: readonly Outcome[]) {
  return abortExit(executed(end, outcomes));
}

test('an abort is 0 only when no host needs a person', () => {
  expect(exitOf(ABORTED, 'changed', 'reverted', 'skipped', 'unchanged')).toBe(0);
  expect(exitOf(ABORTED, 'changed', 'failed')).toBe(1);
  expect(exitOf(ABORTED, 'unreachable', 'skipped')).toBe(3);
  expect(exitOf(ABORTED, 'inconclusive')).toBe(7);
  expect(exitOf(INTERRUPTED, 'changed')).toBe(130);
});

test.each<[RolloutEnd, readonly Outcome[], number]>([
  [FAILED, ['inconclusive', 'skipped'], 7],
  [PARTIAL, ['changed', 'inconclusive'], 7],
  [FAILED, ['inconclusive', 'failed'], 1],
  [FAILED, ['inconclusive', 'reverted'], 1],
  [FAILED, ['reverted', 'skipped'], 6],
  [FAILED, ['unreachable'], 3],
  [FAILED, ['failed'], 1],
])('the exit code of a rollout is that of all that went wrong alike: %o %o', (end, outcomes, exit) => {
  expect(rolloutExit(executed(end, outcomes))).toBe(exit);
});
