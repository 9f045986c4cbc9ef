import type { HostName, RolloutId } from './brand.ts';
import type { Trouble } from './errors.ts';
import type { PlanHash } from './plan.ts';

/** The smallest journaled acts on a host, in order; `revert` may follow any of them from `arm` on. */
export const STEPS = [
  'lease',
  'stage',
  'prove',
  'arm',
  'switch',
  'verify',
  'confirm',
  'bake',
  'release',
] as const;

export type Step = (typeof STEPS)[number] | 'revert';

/**
 * How a host ended. `changed`: runs the target, confirmed. `unchanged`: nothing was to do. `reverted`: switched and
 * put back. `failed`: not changed, or its state needs a person. `skipped`: never started.
 */
export type Outcome =
  | 'changed'
  | 'unchanged'
  | 'reverted'
  | 'failed'
  | 'unreachable'
  | 'inconclusive'
  | 'skipped';

/** Facts a step found worth recording: small, JSON, no secrets. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

interface EventBase {
  readonly rollout: RolloutId;
  /** Controller's time, milliseconds since the epoch. */
  readonly at: number;
}

interface StepEventBase extends EventBase {
  readonly host: HostName;
  /** Real path of the unit's binary. */
  readonly unit: string;
  readonly step: Step;
  readonly attempt: number;
}

/** What the journal holds: append-only, one row each, in order. */
export type RolloutEvent =
  | (EventBase & { readonly type: 'rollout-started'; readonly plan: PlanHash; readonly by: string })
  | (EventBase & { readonly type: 'rollout-resumed'; readonly by: string })
  | (EventBase & { readonly type: 'wave-started'; readonly wave: string })
  | (EventBase & {
      readonly type: 'gate-answered';
      readonly wave: string;
      readonly answer: 'pass' | 'fail' | 'inconclusive';
      readonly reason: string;
    })
  | (EventBase & { readonly type: 'wave-ended'; readonly wave: string })
  | (StepEventBase & { readonly type: 'step-intended' })
  | (StepEventBase & { readonly type: 'step-done'; readonly facts: Facts })
  | (StepEventBase & { readonly type: 'step-failed'; readonly trouble: Trouble })
  | (EventBase & {
      readonly type: 'unit-ended';
      readonly host: HostName;
      readonly unit: string;
      readonly outcome: Outcome;
      readonly trouble?: Trouble;
    })
  | (EventBase & { readonly type: 'rollout-paused'; readonly reason: string })
  | (EventBase & { readonly type: 'rollout-aborted'; readonly reason: string })
  | (EventBase & { readonly type: 'rollout-ended'; readonly outcome: RolloutOutcome });

/** `completed`: every planned host changed or needed nothing. `partial`: some did, within the budget. */
export type RolloutOutcome = 'completed' | 'partial' | 'failed' | 'reverted' | 'aborted';

export type RolloutStatus = 'running' | 'paused' | RolloutOutcome;

/** True when nothing more will happen without a new command. */
export function hasEnded(status: RolloutStatus): boolean {
  return status !== 'running' && status !== 'paused';
}
