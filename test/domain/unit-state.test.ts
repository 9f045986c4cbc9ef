import { describe, expect, test } from 'vitest';
import type { HostName, RolloutId } from '../../src/domain/brand.ts';
import { type Outcome, STEPS, type Step } from '../../src/domain/rollout.ts';
import { nextUnitState, PENDING, type UnitEvent, type UnitState } from '../../src/domain/unit-state.ts';

const on = { rollout: 'r-1' as RolloutId, at: 0, host: 'h1' as HostName, unit: '/sq' };
const trouble = { code: 'deadline', place: 'h1', message: 'late', remedy: 'wait' } as const;

function intended(step: Step): UnitEvent {
  return { ...on, type: 'step-intended', step, attempt: 1 };
}
function done(step: Step): UnitEvent {
  return { ...on, type: 'step-done', step, attempt: 1, facts: {} };
}
function failed(step: Step): UnitEvent {
  return { ...on, type: 'step-failed', step, attempt: 1, trouble };
}
function ended(outcome: Outcome): UnitEvent {
  return { ...on, type: 'unit-ended', outcome };
}

function fold(...events: readonly UnitEvent[]): UnitState {
  return events.reduce(nextUnitState, PENDING);
}
/** Every step up to and with `last`, done. */
function upTo(last: (typeof STEPS)[number]): readonly UnitEvent[] {
  return STEPS.slice(0, STEPS.indexOf(last) + 1).flatMap((step) => [intended(step), done(step)]);
}
function allowed(state: UnitState): readonly Step[] {
  return ([...STEPS, 'revert'] as const).filter((step) => {
    try {
      nextUnitState(state, intended(step));
      return true;
    } catch {
      return false;
    }
  });
}
function illegal(state: UnitState, event: UnitEvent): void {
  expect(() => nextUnitState(state, event)).toThrow(
    expect.objectContaining({ code: 'illegal-transition', place: 'h1 /sq' }),
  );
}

describe('what may be meant next', () => {
  const cases: readonly (readonly [string, readonly UnitEvent[], readonly Step[]])[] = [
    ['at first', [], ['lease']],
    ['lease meant', [intended('lease')], ['lease']],
    ['lease failed', [intended('lease'), failed('lease')], ['lease']],
    ['lease done', upTo('lease'), ['lease', 'stage']],
    ['stage failed', [...upTo('lease'), intended('stage'), failed('stage')], ['lease', 'stage']],
    ['prove done', upTo('prove'), ['lease', 'stage', 'prove', 'arm']],
    ['arm meant', [...upTo('prove'), intended('arm')], ['lease', 'stage', 'prove', 'arm', 'revert']],
    ['arm done', upTo('arm'), ['lease', 'stage', 'prove', 'arm', 'switch', 'revert']],
    ['all done', upTo('release'), [...STEPS, 'revert']],
    [
      'a resumed controller takes the lease again and skips nothing that was not meant',
      [...upTo('prove'), intended('lease'), done('lease')],
      ['lease', 'stage', 'prove'],
    ],
    ['revert meant', [...upTo('arm'), intended('revert')], ['lease', 'release', 'revert']],
    ['revert failed', [...upTo('arm'), intended('revert'), failed('revert')], ['lease', 'release', 'revert']],
    [
      'begun again after a revert',
      [...upTo('switch'), intended('revert'), done('revert'), intended('lease'), done('lease')],
      ['lease', 'stage'],
    ],
    [
      'released after a revert',
      [...upTo('arm'), intended('revert'), intended('release')],
      [...STEPS, 'revert'],
    ],
    ['ended as changed', [ended('changed')], ['revert']],
    ['ended as failed', [ended('failed')], []],
    ['taken back', [ended('changed'), intended('revert')], ['lease', 'release', 'revert']],
  ];

  test.each(cases)('%s', (_what, events, steps) => {
    expect(allowed(fold(...events))).toEqual(steps);
  });
});

test('a state tells its step, the furthest one and the attempt', () => {
  expect(fold(intended('lease'))).toEqual({ kind: 'intended', step: 'lease', reached: 'lease', attempt: 1 });
  expect(fold(...upTo('arm'), intended('lease'))).toEqual({
    kind: 'intended',
    step: 'lease',
    reached: 'arm',
    attempt: 1,
  });
  expect(fold(...upTo('arm'), intended('lease'), failed('lease'))).toEqual({
    kind: 'failed',
    step: 'lease',
    reached: 'arm',
  });
  expect(fold(...upTo('confirm'))).toEqual({ kind: 'done', step: 'confirm', reached: 'confirm' });
  expect(fold(...upTo('confirm'), ended('changed'))).toEqual({ kind: 'ended', outcome: 'changed' });
});

describe('cannot be', () => {
  const meant = fold(...upTo('arm'), intended('switch'));
  const cases: readonly (readonly [string, UnitState, UnitEvent])[] = [
    ['done before it was meant', PENDING, done('lease')],
    ['failed before it was meant', PENDING, failed('lease')],
    ['done twice', fold(...upTo('lease')), done('lease')],
    ['failed after it was done', fold(...upTo('lease')), failed('lease')],
    ['another step done than was meant', meant, done('verify')],
    ['another step failed than was meant', meant, failed('arm')],
    ['a switch without an arming', fold(...upTo('prove')), intended('switch')],
    [
      'a switch while the arming is not known to be done',
      fold(...upTo('prove'), intended('arm')),
      intended('switch'),
    ],
    ['a confirmation without a look', fold(...upTo('switch')), intended('confirm')],
    ['a revert of nothing', fold(...upTo('prove')), intended('revert')],
    ['a switch after a revert', fold(...upTo('arm'), intended('revert'), done('revert')), intended('switch')],
    ['a step after the end', fold(ended('reverted')), intended('lease')],
    ['a step after a change', fold(ended('changed')), intended('switch')],
    ['a step done after the end', fold(ended('changed')), done('release')],
    ['a second end', fold(ended('skipped')), ended('changed')],
  ];

  test.each(cases)('%s', (_what, state, event) => {
    illegal(state, event);
  });

  test('and says what met what', () => {
    expect(() => nextUnitState(PENDING, intended('switch'))).toThrow(
      'step-intended (switch) cannot follow {"kind":"pending"}',
    );
    expect(() => nextUnitState(fold(ended('failed')), ended('changed'))).toThrow(
      'unit-ended (changed) cannot follow {"kind":"ended","outcome":"failed"}',
    );
  });
});
