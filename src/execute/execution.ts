import type { Readable } from 'node:stream';
import type { HostName, RolloutId, Sha256 } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { HostPlan, Plan, UnitPlan } from '../domain/plan.ts';
import type { Clock, Journal, Random } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import type { UnitState } from '../domain/unit-state.ts';
import type { UploadProgress } from '../domain/upload-progress.ts';
import type { HostAccess } from '../host/access.ts';
import type { UnitStates } from './unit-states.ts';

/** Where binaries come from: the controller's own store of artifacts. */
export interface ArtifactSource {
  /** Size in bytes. Throws `artifact-missing` when it is not there or no longer what it was. */
  bytes(sha256: Sha256): Promise<number>;
  open(sha256: Sha256): Readable;
}

/** What the user wants now. Looked at between steps, never within one. */
export interface Control {
  /** Aborted when everything is to stop at once: a second Ctrl-C. */
  readonly signal: AbortSignal;
  wants(): 'run' | 'pause' | 'abort';
}

/** Everything that one execution of a plan acts through. */
export interface Execution {
  readonly rollout: RolloutId;
  readonly plan: Plan;
  /**
   * Rollouts of the same store that are over, and for which nobody acts any more. A host that could not be reached at
   * their end still keeps their lease.
   */
  readonly ended: readonly RolloutId[];
  readonly hosts: ReadonlyMap<HostName, HostSpec>;
  readonly access: HostAccess;
  readonly journal: Journal;
  /** Where every unit stands; `record` keeps it true to the journal. */
  readonly states: UnitStates;
  readonly clock: Clock;
  readonly random: Random;
  readonly artifacts: ArtifactSource;
  readonly control: Control;
  /** Whoever looks on: a terminal, a log. Told after the journal has it. */
  readonly watch: (event: RolloutEvent | UploadProgress) => void;
}

/** Journals an event, then tells whoever looks on. Throws what the journal throws: then nothing was done. */
export function record(execution: Execution, event: RolloutEvent): void {
  execution.journal.append(event);
  execution.states.add(event);
  execution.watch(event);
}

/** One unit of one host in one execution. */
export interface UnitRun {
  readonly execution: Execution;
  readonly spec: HostSpec;
  readonly hostPlan: HostPlan;
  readonly unit: UnitPlan;
}

/** The plan's host as the inventory has it. Throws `plan-stale` when it is not there any more. */
export function specOf(execution: Execution, host: HostName): HostSpec {
  const spec = execution.hosts.get(host);
  if (spec) return spec;
  throw new RanchError({
    code: 'plan-stale',
    place: host,
    message: 'the inventory no longer names this host',
    remedy: 'Make a new plan.',
  });
}

/** All units of a plan, in its order. */
export function unitRuns(execution: Execution): readonly UnitRun[] {
  return execution.plan.waves.flatMap((wave) =>
    wave.hosts.flatMap((hostPlan) => {
      const spec = specOf(execution, hostPlan.host);
      return hostPlan.units.map((unit) => ({ execution, spec, hostPlan, unit }));
    }),
  );
}

/** Where a unit stands, as the journal tells it now. */
export function unitState({ execution, hostPlan, unit }: UnitRun): UnitState {
  return execution.states.of(hostPlan.host, unit.binary);
}
