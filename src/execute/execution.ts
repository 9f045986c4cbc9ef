import type { Readable } from 'node:stream';
import type { HostName, RolloutId, Sha256 } from '../domain/brand.ts';
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

/** One unit of one host in one execution, as plan and journal have it. */
export interface PlannedUnit {
  readonly execution: Execution;
  readonly hostPlan: HostPlan;
  readonly unit: UnitPlan;
}

/** The same, with the host as the inventory has it now: what can be acted on. */
export interface UnitRun extends PlannedUnit {
  readonly spec: HostSpec;
}

/** All units of one host. */
export function unitsOf(execution: Execution, hostPlan: HostPlan): readonly PlannedUnit[] {
  return hostPlan.units.map((unit) => ({ execution, hostPlan, unit }));
}

/** All units of a plan, in its order. */
export function plannedUnits(execution: Execution): readonly PlannedUnit[] {
  return execution.plan.waves.flatMap(({ hosts }) => hosts.flatMap((host) => unitsOf(execution, host)));
}

/** Those among them that can be acted on: not of a host that the inventory does not name any more. */
export function withSpecs(units: readonly PlannedUnit[]): readonly UnitRun[] {
  return units.flatMap((unit) => {
    const spec = unit.execution.hosts.get(unit.hostPlan.host);
    return spec === undefined ? [] : [{ ...unit, spec }];
  });
}

/** Where a unit stands, as the journal tells it now. */
export function unitState({ execution, hostPlan, unit }: PlannedUnit): UnitState {
  return execution.states.of(hostPlan.host, unit.binary);
}
