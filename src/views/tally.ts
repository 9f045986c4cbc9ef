import { DRIFT_STATES, type DriftState } from '../domain/drift.ts';
import type { Outcome } from '../domain/rollout.ts';
import { DRIFT_INK, OUTCOME_INK } from './colours.ts';
import { ink, type Line, type Span } from './line.ts';
import { count, grouped } from './quantity.ts';
import type { Ink } from './style.ts';

/** Outcomes from the one that needs a person most to the one that needs none. */
export const OUTCOMES_WORST_FIRST: readonly Outcome[] = [
  'failed',
  'inconclusive',
  'unreachable',
  'reverted',
  'skipped',
  'changed',
  'unchanged',
];

/** The outcome of a host with several units: its worst, so that none is hidden. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome | undefined {
  return OUTCOMES_WORST_FIRST.find((outcome) => outcomes.includes(outcome));
}

/** How many of what, in which colour. */
export type TallyPart = readonly [amount: number, word: string, colour: Ink];

/** `7 hosts: 4 in-sync, 1 behind`: a total and its parts, each in its colour; those of 0 are left out. */
export function tallyLine(total: number, parts: readonly TallyPart[]): Line {
  const spans: Span[] = [count(total, 'host')];
  for (const [amount, word, colour] of parts) {
    if (amount > 0) spans.push(spans.length > 1 ? ', ' : ': ', ink(colour, `${grouped(amount)} ${word}`));
  }
  return spans;
}

/** Hosts counted by their worst state, best first. */
export function driftTally(states: readonly DriftState[]): Line {
  const parts = [...DRIFT_STATES]
    .reverse()
    .map((state): TallyPart => [states.filter((one) => one === state).length, state, DRIFT_INK[state]]);
  return tallyLine(states.length, parts);
}

/** Outcomes counted, best first, each under its own word. */
export function outcomeParts(outcomes: readonly Outcome[]): readonly TallyPart[] {
  return [...OUTCOMES_WORST_FIRST]
    .reverse()
    .map((outcome) => [outcomes.filter((one) => one === outcome).length, outcome, OUTCOME_INK[outcome]]);
}
