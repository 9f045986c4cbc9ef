import type { HostName, RolloutId, Sha256, Version } from './brand.ts';
import type { DriftState } from './drift.ts';
import type { Trouble } from './errors.ts';
import type { Finding } from './finding.ts';
import type { Observation, ReachedObservation } from './observation.ts';
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
  /** Why it was paused or aborted, as the last such event told it; absent while it runs. */
  readonly reason?: string;
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

/** The newest look at one host. */
export interface ObservationRecord {
  readonly observation: Observation;
  /** The sweep that made it. */
  readonly sweep: string;
  /** Since when every look failed; present only while the newest observation is `unreachable`. */
  readonly unreachableSince?: number;
  /** The newest observation that reached the host, where the newest of all did not. */
  readonly lastReached?: ReachedObservation;
}

/** A stretch of time in which a host, or one of its instances, was in one state. */
export interface DriftRecord {
  readonly host: HostName;
  /** `:1337`, or a path where no port is known; absent for the host as a whole. */
  readonly instance?: string;
  readonly state: DriftState;
  readonly sha?: Sha256;
  readonly version?: Version;
  /** As it was told last. */
  readonly reason: string;
  readonly since: number;
  readonly lastSeen: number;
  /** False once a later sweep saw something else. */
  readonly current: boolean;
}

/** One look at the ranch. */
export interface SweepRecord {
  readonly id: string;
  readonly at: number;
  readonly tookMs: number;
  readonly hosts: number;
  readonly reached: number;
  /** Hosts in a state that counts as drift. */
  readonly drifted: number;
}

/** A finding, and when and for which rollout it was recorded. */
export interface FindingRecord {
  readonly finding: Finding;
  readonly at: number;
  readonly rollout?: RolloutId;
}

/** A host that plans leave alone until a moment. */
export interface HoldRecord {
  readonly host: HostName;
  readonly since: number;
  readonly until: number;
}
