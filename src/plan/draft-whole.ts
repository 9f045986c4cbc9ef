import type { Version } from '../domain/brand.ts';
import type { Observation } from '../domain/observation.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { driftOf, whyUnsupported } from './drift.ts';
import { type HostDraft, leave } from './host-draft.ts';

/**
 * The decision on a host that is not planned as a whole (not looked at, not reached, unsupported, on hold); else
 * undefined. `held`: why the user wants it left alone.
 */
export function draftWhole(
  host: HostSpec,
  observation: Observation | undefined,
  version: Version,
  held?: string,
): HostDraft | undefined {
  if (held === undefined && observation?.kind === 'reached' && whyUnsupported(observation) === undefined)
    return undefined;
  const { state, reason } = driftOf(host, observation, { version, artifacts: [] });
  return leave(state, held ?? reason);
}
