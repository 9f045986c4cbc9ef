import type { Outcome } from '../domain/rollout.ts';
import type { Lease, Running } from '../host/unit-host.ts';

/** How a unit stands after its switch was confirmed: the processes that a gate keeps watching. */
export interface Confirmed {
  readonly lease: Lease;
  readonly running: readonly Running[];
}

/** A unit's result: how it ended, or that it is confirmed and waits for the bake. */
export type UnitResult =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'confirmed'; readonly confirmed: Confirmed }
  /** The user asked for a pause before anything on the host was at stake. */
  | { readonly kind: 'paused' };

/** The result of a unit that ended so. */
export function ended(outcome: Outcome): UnitResult {
  return { kind: 'ended', outcome };
}
