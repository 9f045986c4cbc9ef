import type { HostName } from '../../domain/brand.ts';
import type { ReachedObservation } from '../../domain/observation.ts';
import type { Clock, Random, Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Subject } from '../subject.ts';
import type { Way } from './way.ts';

/** What a mesh works with. */
export interface MeshPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** One host of the mesh, its connection open through the whole of it. */
export interface MeshHost {
  readonly kind: 'there';
  readonly spec: HostSpec;
  readonly shell: Shell;
  readonly observation: ReachedObservation;
  readonly subjects: readonly Subject[];
  /** How other servers are asked as this host sees them. */
  readonly way: Way;
  /** Where others may look for it, in the order of trying. */
  readonly addresses: readonly string[];
}

/** A host that could not be reached, or not looked at. */
export interface MissingHost {
  readonly kind: 'missing';
  readonly spec: HostSpec;
  /** False where the inventory expects it to be there. */
  readonly expected: boolean;
  /** Why, in words. */
  readonly got: string;
}

export type MeshMember = MeshHost | MissingHost;

/** One SQ that others are to reach. */
export interface MeshTarget {
  readonly host: MeshHost;
  readonly subject: Subject;
}

export function nameOf({ spec }: MeshMember): HostName {
  return spec.name;
}
