import type { Observation } from '../domain/observation.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { driftOf, whyUnsupported } from './drift.ts';
import { type HostDraft, leave } from './host-draft.ts';
import type { PlanInput } from './plan.ts';

/**
 * The decision on a host that is not planned as a whole (not looked at, not reached, unsupported, on hold); else
 * undefined.
 */
export function draftWhole(
  host: HostSpec,
  observation: Observation | undefined,
  { target, held, releasesKnown }: Pick<PlanInput, 'target' | 'held' | 'releasesKnown'>,
): HostDraft | undefined {
  const word = held?.get(host.name);
  const plannable = observation?.kind === 'reached' && whyUnsupported(observation) === undefined;
  if (plannable && word === undefined) return undefined;
  const { state, reason } = driftOf(host, observation, target, releasesKnown);
  return leave(state, word ?? reason);
}
