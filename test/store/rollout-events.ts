import fc from 'fast-check';
import type { HostName, RolloutId } from '../../src/domain/brand.ts';
import { type Outcome, type RolloutEvent, STEPS } from '../../src/domain/rollout.ts';
import { nextUnitState, PENDING, type UnitEvent, type UnitState } from '../../src/domain/unit-state.ts';
import { host, planFor, START } from './fixtures.ts';

export const rollout = (text = 'r-1'): RolloutId => text as RolloutId;

const UNIT = '/usr/local/bin/sq';
const TROUBLE = {
  code: 'deadline',
  place: 'lilly',
  message: 'no "answer" \u001b[31m\ud800',
  remedy: '',
} as const;

/** The first event of a rollout of a plan. */
export function started(id = rollout(), plan = planFor(['lilly'])): RolloutEvent {
  return { type: 'rollout-started', rollout: id, at: START, plan: plan.hash, by: 'wbic16' };
}

/** A host that is upgraded without trouble, lease to release, and its end. */
export function goodUnit(name: string, id = rollout()): readonly UnitEvent[] {
  const on = { rollout: id, at: START + 1, host: host(name), unit: UNIT, attempt: 1 };
  const { attempt: _, ...ended } = on;
  return [
    ...STEPS.flatMap((step): readonly UnitEvent[] => [
      { ...on, type: 'step-intended', step },
      { ...on, type: 'step-done', step, facts: { ms: 12, paths: ['/a', '/b'] } },
    ]),
    { ...ended, type: 'unit-ended', outcome: 'changed' },
  ];
}

function isLegal(state: UnitState, event: UnitEvent): boolean {
  try {
    nextUnitState(state, event);
    return true;
  } catch {
    return false;
  }
}

/** Everything that may happen next to a unit, by the transition function itself. */
function legalNext(id: RolloutId, name: HostName, state: UnitState, at: number): readonly UnitEvent[] {
  const on = { rollout: id, at, host: name, unit: UNIT };
  const outcomes: readonly Outcome[] = ['changed', 'unchanged', 'reverted', 'failed', 'skipped'];
  const candidates: readonly UnitEvent[] = [
    ...([...STEPS, 'revert'] as const).flatMap((step): readonly UnitEvent[] => [
      { ...on, type: 'step-intended', step, attempt: 1 + (at % 3) },
      { ...on, type: 'step-done', step, attempt: 1, facts: { at } },
      { ...on, type: 'step-failed', step, attempt: 1, trouble: TROUBLE },
    ]),
    ...outcomes.map((outcome): UnitEvent => ({ ...on, type: 'unit-ended', outcome })),
    { ...on, type: 'unit-ended', outcome: 'failed', trouble: TROUBLE },
  ];
  return candidates.filter((event) => isLegal(state, event));
}

function rolloutNext(id: RolloutId, at: number): readonly RolloutEvent[] {
  const base = { rollout: id, at };
  return [
    { ...base, type: 'rollout-paused', reason: 'a person' },
    { ...base, type: 'rollout-resumed', by: 'wbic16' },
    { ...base, type: 'wave-started', wave: 'canary' },
    { ...base, type: 'gate-answered', wave: 'canary', answer: 'pass', reason: 'all well' },
    { ...base, type: 'wave-ended', wave: 'canary' },
    { ...base, type: 'rollout-aborted', reason: 'a person' },
    { ...base, type: 'rollout-ended', outcome: 'partial' },
  ];
}

/** A legal story of one rollout on some hosts: each number picks one of what may happen next. */
function story(id: RolloutId, names: readonly string[], picks: readonly number[]): readonly RolloutEvent[] {
  const states = new Map<HostName, UnitState>(names.map((name) => [host(name), PENDING]));
  const events: RolloutEvent[] = [started(id, planFor(names))];
  for (const [index, pick] of picks.entries()) {
    const at = START + index + 1;
    const name = host(names[pick % names.length] ?? '');
    const state = states.get(name) ?? PENDING;
    const legal = pick % 7 === 0 ? rolloutNext(id, at) : legalNext(id, name, state, at);
    const event = legal[Math.trunc(pick / 7) % Math.max(1, legal.length)];
    if (event === undefined) continue;
    events.push(event);
    if ('unit' in event) states.set(name, nextUnitState(state, event));
    if (event.type === 'rollout-ended') break;
  }
  return events;
}

/** Two legal stories woven into one journal; the plan of both is `planFor(STORY_HOSTS)`. */
export const STORY_HOSTS: readonly string[] = ['aurora-continuum', 'lilly', 'logos-prime'];

export const stories: fc.Arbitrary<readonly RolloutEvent[]> = fc
  .tuple(
    fc.array(fc.nat(10_000), { maxLength: 40 }),
    fc.array(fc.nat(10_000), { maxLength: 40 }),
    fc.array(fc.boolean(), { maxLength: 80 }),
  )
  .map(([first, second, weave]) => {
    const [left, right] = [
      story(rollout('r-1'), STORY_HOSTS, first),
      story(rollout('r-2'), STORY_HOSTS, second),
    ];
    const [a, b] = [[...left], [...right]];
    const woven = weave.flatMap((takeLeft) => (takeLeft ? a : b).splice(0, 1));
    return [...woven, ...a, ...b];
  });
