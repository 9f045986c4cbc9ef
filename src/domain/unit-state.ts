import { RanchError } from './errors.ts';
import { type Outcome, type RolloutEvent, STEPS, type Step } from './rollout.ts';

interface InStep {
  readonly step: Step;
  /**
   * The furthest step that was ever meant since the last revert: a controller that comes back takes the lease again
   * and may go on from here.
   */
  readonly reached: Step;
}

/** Where one unit of a rollout stands, as the journal tells it. */
export type UnitState =
  | { readonly kind: 'pending' }
  /** A step was meant to happen; whether it did is for the host to say. */
  | (InStep & { readonly kind: 'intended'; readonly attempt: number })
  | (InStep & { readonly kind: 'done' })
  | (InStep & { readonly kind: 'failed' })
  | { readonly kind: 'ended'; readonly outcome: Outcome };

export type UnitEvent = Extract<
  RolloutEvent,
  { readonly type: 'step-intended' | 'step-done' | 'step-failed' | 'unit-ended' }
>;

export const PENDING: UnitState = { kind: 'pending' };

function position(step: Step): number {
  return (STEPS as readonly Step[]).indexOf(step);
}

/** From `arm` on a step may have left something on the host to put back. */
const FIRST_REVERTIBLE = position('arm');

/**
 * Whether `step` may be meant in `state`: the next after the furthest one, once that was done; any earlier one again,
 * for a resumed controller looks before it goes on; a revert once there is something to put back.
 */
function mayIntend(state: UnitState, step: Step): boolean {
  if (state.kind === 'ended') return step === 'revert' && state.outcome === 'changed';
  if (state.kind === 'pending') return step === 'lease';
  if (state.reached === 'revert') return step === 'lease' || step === 'release' || step === 'revert';
  if (step === 'revert') return position(state.reached) >= FIRST_REVERTIBLE;
  const next = state.kind === 'done' && state.step === state.reached ? 1 : 0;
  return position(step) <= position(state.reached) + next;
}

function furthest(state: UnitState, step: Step): Step {
  if (state.kind === 'pending' || state.kind === 'ended' || step === 'revert') return step;
  if (state.reached === 'revert') return step;
  return position(step) > position(state.reached) ? step : state.reached;
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
      return {
        kind: 'intended',
        step: event.step,
        reached: furthest(state, event.step),
        attempt: event.attempt,
      };
    case 'step-done':
      if (state.kind !== 'intended' || state.step !== event.step) throw illegal(state, event);
      return { kind: 'done', step: event.step, reached: state.reached };
    case 'step-failed':
      if (state.kind !== 'intended' || state.step !== event.step) throw illegal(state, event);
      return { kind: 'failed', step: event.step, reached: state.reached };
    case 'unit-ended':
      if (state.kind === 'ended') throw illegal(state, event);
      return { kind: 'ended', outcome: event.outcome };
  }
}
