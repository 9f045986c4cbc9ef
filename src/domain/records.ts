import type { HostName, RolloutId, Version } from './brand.ts';
import type { Trouble } from './errors.ts';
import type { Plan, PlanHash } from './plan.ts';
import type { Outcome, RolloutEvent, RolloutOutcome, RolloutStatus, Step } from './rollout.ts';
import type { UnitState } from './unit-state.ts';

/** One rollout as the store tells it: a projection of its events. Times are milliseconds since the epoch. */
export interface RolloutRecord {
  readonly id: RolloutId;
  readonly plan: PlanHash;
  readonly purpose: Plan['purpose'];
  readonly target: Version;
  readonly status: RolloutStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: RolloutOutcome;
}

/** Where one unit of a rollout stands: a projection of its events. */
export interface RolloutUnitRecord {
  readonly host: HostName;
  /** Real path of the unit's binary. */
  readonly unit: string;
  readonly state: UnitState['kind'];
  /** The step it is in or was last in; absent while pending. */
  readonly step?: Step;
  /** Present when `state` is `ended`. */
  readonly outcome?: Outcome;
  /** Of that step, from 1; 0 while pending. */
  readonly attempt: number;
  readonly trouble?: Trouble;
  readonly updatedAt: number;
}

/** Everything the store knows of one rollout. */
export interface RolloutDetail {
  readonly rollout: RolloutRecord;
  readonly plan: Plan;
  /** In the order of the plan. */
  readonly units: readonly RolloutUnitRecord[];
  /** In order of appending. */
  readonly events: readonly RolloutEvent[];
}
