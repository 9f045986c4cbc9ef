import type { InstanceDrift } from '../domain/drift.ts';
import type { Binary, ReachedObservation } from '../domain/observation.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { driftOfInstance } from './drift-instance.ts';
import type { Aim, KnownReleases } from './judge.ts';
import {
  expandHome,
  type MissingInstance,
  type RunningInstance,
  type SeenInstance,
  type StoppedInstance,
  seenInstances,
} from './seen.ts';

/** An instance with its drift. */
export interface Judged<T extends SeenInstance> {
  readonly seen: T;
  readonly drift: InstanceDrift;
}

/** All instances of one binary on one host: what is switched together. */
export interface BinaryGroup {
  /** Real path of the binary; undefined where nobody knows which one it would be. */
  readonly binary: string | undefined;
  readonly disk: Binary | undefined;
  readonly running: readonly Judged<RunningInstance>[];
  /** Servers of this binary that the inventory does not name. */
  readonly unmanaged: readonly Judged<RunningInstance>[];
  readonly stopped: readonly Judged<StoppedInstance>[];
  readonly missing: readonly Judged<MissingInstance>[];
}

interface Growing {
  readonly binary: string | undefined;
  readonly disk: Binary | undefined;
  readonly running: Judged<RunningInstance>[];
  readonly unmanaged: Judged<RunningInstance>[];
  readonly stopped: Judged<StoppedInstance>[];
  readonly missing: Judged<MissingInstance>[];
}

/** The instances of a host by the real path of their binary, in the order in which they were seen. */
export function groupByBinary(
  host: HostSpec,
  observation: ReachedObservation,
  aim: Aim,
  known: KnownReleases,
): readonly BinaryGroup[] {
  const groups = new Map<string | undefined, Growing>();
  for (const seen of seenInstances(host, observation)) {
    const disk = seen.kind === 'missing' ? undefined : seen.disk;
    const binary = disk?.realPath ?? binaryOf(seen, observation);
    const group = groups.get(binary) ?? {
      binary,
      disk,
      running: [],
      unmanaged: [],
      stopped: [],
      missing: [],
    };
    groups.set(binary, group);
    add(group, seen, driftOfInstance(seen, aim, known));
  }
  return [...groups.values()];
}

function add(group: Growing, seen: SeenInstance, drift: InstanceDrift): void {
  switch (seen.kind) {
    case 'running':
      (seen.managed ? group.running : group.unmanaged).push({ seen, drift });
      return;
    case 'stopped':
      group.stopped.push({ seen, drift });
      return;
    case 'missing':
      group.missing.push({ seen, drift });
  }
}

/** Where the binary of an instance is, or would be, when no file is there. */
function binaryOf(seen: SeenInstance, { home }: ReachedObservation): string | undefined {
  switch (seen.kind) {
    case 'running':
      return seen.server.binary;
    case 'stopped':
      return seen.service?.binary;
    case 'missing':
      return seen.spec?.binary === undefined ? undefined : expandHome(seen.spec.binary, home);
  }
}
