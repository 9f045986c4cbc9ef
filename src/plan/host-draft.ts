import type { PlatformKey } from '../domain/artifact.ts';
import type { HostName } from '../domain/brand.ts';
import { type DriftState, worstDrift } from '../domain/drift.ts';
import type { ReachedObservation } from '../domain/observation.ts';
import type { Acknowledgement, Exclusion, UnitPlan } from '../domain/plan.ts';
import type { HostSpec } from '../domain/ranch.ts';

/** Something on a host that the plan does not touch, and why. */
export interface Left {
  readonly state: DriftState;
  /** One clause, with the port where there is one. */
  readonly text: string;
  /** Set where it would be changed if it could. */
  readonly blocked?: true;
}

/** What planning decides on one binary, or (joined) on one host. */
export interface HostDraft {
  readonly units: readonly UnitPlan[];
  readonly left: readonly Left[];
  /** Worth a sentence in the plan, without being left out. */
  readonly notes: readonly string[];
  readonly acknowledgements: readonly Acknowledgement[];
  /** Set where the platform's artifact is needed and there is none. */
  readonly lacks?: PlatformKey;
}

/** A host that the plan takes in, before it has a place in a wave. */
export interface PlannedHost {
  readonly spec: HostSpec;
  readonly observation: ReachedObservation;
  readonly units: readonly UnitPlan[];
  /** What is left alone on it, and what else a reader should know. */
  readonly notes: readonly string[];
}

/** Nothing decided. */
export const NOTHING: HostDraft = { units: [], left: [], notes: [], acknowledgements: [] };

/** One thing left alone. */
export function leave(state: DriftState, text: string): HostDraft {
  return { ...NOTHING, left: [{ state, text }] };
}

/** What was decided on a host's binaries as one. */
export function joinDrafts(drafts: readonly HostDraft[]): HostDraft {
  const [only] = drafts;
  if (drafts.length === 1 && only !== undefined) return only;
  const lacks = drafts.find((draft) => draft.lacks !== undefined)?.lacks;
  return {
    units: drafts.flatMap((draft) => draft.units),
    left: drafts.flatMap((draft) => draft.left),
    notes: drafts.flatMap((draft) => draft.notes),
    acknowledgements: drafts.flatMap((draft) => draft.acknowledgements),
    ...(lacks === undefined ? {} : { lacks }),
  };
}

/** The host as excluded: the worst of what was left, all reasons. */
export function exclude(host: HostName, left: readonly Left[]): Exclusion {
  const state = worstDrift(left.map((each) => each.state));
  const reason = left.map((each) => each.text).join('; ');
  return { host, state, reason, ...(left.some(({ blocked }) => blocked) ? { blocked: true } : {}) };
}
