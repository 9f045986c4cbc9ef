import type { Trouble } from '../domain/errors.ts';
import type { RolloutEvent, Step } from '../domain/rollout.ts';

/** One attempt at one step, as its two events tell it. */
export interface StepAttempt {
  readonly host: string;
  readonly unit: string;
  readonly step: Step;
  readonly attempt: number;
  readonly startedAt: number;
  /** Absent where no outcome was journaled: it runs, or the controller died. */
  readonly ended?: { readonly at: number; readonly trouble?: Trouble };
}

/** Names one unit of a rollout. */
export function unitKey(of: { readonly host: string; readonly unit: string }): string {
  return `${of.host}\n${of.unit}`;
}

/** Each unit's attempts in the order they were meant, every intent paired with its outcome; by `unitKey`. */
export function stepAttempts(events: readonly RolloutEvent[]): ReadonlyMap<string, readonly StepAttempt[]> {
  const units = new Map<string, StepAttempt[]>();
  for (const event of events) {
    if (event.type === 'step-intended') {
      const { host, unit, step, attempt, at } = event;
      const begun: StepAttempt = { host, unit, step, attempt, startedAt: at };
      const before = units.get(unitKey(event));
      if (before) before.push(begun);
      else units.set(unitKey(event), [begun]);
    }
    if (event.type !== 'step-done' && event.type !== 'step-failed') continue;
    const attempts = units.get(unitKey(event)) ?? [];
    const last = attempts.pop();
    if (!last) continue;
    const trouble = event.type === 'step-failed' ? { trouble: event.trouble } : {};
    attempts.push(last.step === event.step ? { ...last, ended: { at: event.at, ...trouble } } : last);
  }
  return units;
}
