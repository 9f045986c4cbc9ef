import { RanchError } from './errors.ts';
import { type Outcome, type RolloutEvent, STEPS, type Step } from './rollout.ts';

/** Where one unit of a rollout stands, as the journal tells it. */
export type UnitState =
  | { readonly kind: 'pending' }
  /** A step was meant to happen; whether it did is for the host to say. */
  | { readonly kind: 'intended'; readonly step: Step; readonly attempt: number }
  | { readonly kind: 'done'; readonly step: Step }
  | { readonly kind: 'failed'; readonly step: Step }
  | { readonly kind: 'ended'; readonly outcome: Outcome };

export type UnitEvent = Extract<
  RolloutEvent,
  { readonly type: 'step-intended' | 'step-done' | 'step-failed' | 'unit-ended' }
>;

export const PENDING: UnitState = { kind: 'pending' };

/** Steps a revert can follow: those that may have left something on the host to put back. */
const REVERTIBLE: readonly Step[] = ['arm', 'switch', 'verify', 'confirm', 'bake', 'release', 'revert'];

function position(step: Step): number {
  return (STEPS as readonly Step[]).indexOf(step);
}

/** Whether `step` may be meant in `state`. A resumed controller may mean a step again or go back to look. */
function mayIntend(state: UnitState, step: Step): boolean {
  if (state.kind === 'ended') return step === 'revert' && state.outcome === 'changed';
  if (state.kind === 'pending') return step === 'lease';
  if (step === 'revert') return REVERTIBLE.includes(state.step);
  if (state.step === 'revert') return step === 'release' || step === 'lease';
  if (state.kind === 'done') return position(step) <= position(state.step) + 1;
  return position(step) <= position(state.step) || step === 'release';
}

function illegal(state: UnitState, event: UnitEvent): RanchError {
  const what = event.type === 'unit-ended' ? event.outcome : event.step;
  return new RanchError({
    code: 'illegal-transition',
    place: `${event.host} ${event.unit}`,
    message: `${event.type} (${what}) cannot follow ${JSON.stringify(state)}`,
    remedy: 'The journal and the program disagree; nothing was done. Keep the state folder and report this.',
  });
}

/**
 * The journal as a function: the state after one more event. Throws `illegal-transition` where the event cannot
 * follow, so that a defect stops before it acts.
 */
export function nextUnitState(state: UnitState, event: UnitEvent): UnitState {
  switch (event.type) {
    case 'step-intended':
      if (!mayIntend(state, event.step)) throw illegal(state, event);
      return { kind: 'intended', step: event.step, attempt: event.attempt };
    case 'step-done':
      if (state.kind !== 'intended' || state.step !== event.step) throw illegal(state, event);
      return { kind: 'done', step: event.step };
    case 'step-failed':
      if (state.kind !== 'intended' || state.step !== event.step) throw illegal(state, event);
      return { kind: 'failed', step: event.step };
    case 'unit-ended':
      if (state.kind === 'ended') throw illegal(state, event);
      return { kind: 'ended', outcome: event.outcome };
  }
}
