import { describe, expect, test } from 'vitest';
import type { RolloutId } from '../../src/domain/brand.ts';
import type { PlanHash } from '../../src/domain/plan.ts';
import type { RolloutEvent, RolloutStatus } from '../../src/domain/rollout.ts';
import { nextRolloutStatus } from '../../src/domain/rollout-state.ts';

const on = { rollout: 'r-1' as RolloutId, at: 0 };
const started: RolloutEvent = { ...on, type: 'rollout-started', plan: 'p' as PlanHash, by: 'me' };
const resumed: RolloutEvent = { ...on, type: 'rollout-resumed', by: 'me' };
const paused: RolloutEvent = { ...on, type: 'rollout-paused', reason: 'asked for' };
const aborted: RolloutEvent = { ...on, type: 'rollout-aborted', reason: 'asked for' };
const wave: RolloutEvent = { ...on, type: 'wave-started', wave: 'canary' };
const ended = (outcome: 'completed' | 'partial' | 'failed' | 'reverted' | 'aborted'): RolloutEvent => ({
  ...on,
  type: 'rollout-ended',
  outcome,
});

const LEGAL: readonly (readonly [RolloutStatus | 'none', RolloutEvent, RolloutStatus])[] = [
  ['none', started, 'running'],
  ['running', wave, 'running'],
  ['running', paused, 'paused'],
  ['running', resumed, 'running'],
  ['running', aborted, 'running'],
  ['running', ended('completed'), 'completed'],
  ['running', ended('partial'), 'partial'],
  ['running', ended('aborted'), 'aborted'],
  ['paused', paused, 'paused'],
  ['paused', wave, 'paused'],
  ['paused', resumed, 'running'],
  ['paused', aborted, 'running'],
  ['paused', ended('reverted'), 'reverted'],
];

test.each(LEGAL)('%s, then %o', (status, event, next) => {
  expect(nextRolloutStatus(status === 'none' ? undefined : status, event)).toBe(next);
});

describe('cannot be', () => {
  const OVER: readonly RolloutStatus[] = ['completed', 'partial', 'failed', 'reverted', 'aborted'];
  const all = [started, resumed, paused, aborted, wave, ended('failed')];
  const afterEnd = OVER.flatMap((status) => all.map((event) => [status, event] as const));
  const beforeStart = all.filter((event) => event !== started).map((event) => [undefined, event] as const);
  const twice = (['running', 'paused'] as const).map((status) => [status, started] as const);

  test.each([...afterEnd, ...beforeStart, ...twice])('%s, then %o', (status, event) => {
    expect(() => nextRolloutStatus(status, event)).toThrow(
      expect.objectContaining({ code: 'illegal-transition', place: 'r-1' }),
    );
  });

  test('and says what to do', () => {
    expect(() => nextRolloutStatus('failed', paused)).toThrow(
      expect.objectContaining({
        message: 'rollout-paused cannot follow when the rollout is failed',
        remedy: expect.stringContaining('ranch retry'),
      }),
    );
    expect(() => nextRolloutStatus(undefined, wave)).toThrow(
      expect.objectContaining({ message: 'wave-started cannot be the first event of a rollout' }),
    );
  });
});
