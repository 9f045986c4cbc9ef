import type { ReachedObservation } from '../../src/domain/observation.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { binary, host, NEW, NEWER, ranchOf, reached, rollout, server, v } from './given.ts';

export const NEWER_RUNS = { sha256: NEWER, version: v('0.5.6') };
export const ON_TARGET = { servers: [server({ running: { sha256: NEW } })], binaries: [binary(NEW)] };
export const odd = { kind: 'unsupported', reason: 'it runs in a container' } as const;

/** A ranch of one host, planned. */
export function planOne(
  spec: Partial<HostSpec>,
  seen: Partial<ReachedObservation>,
  include: readonly ('stopped' | 'ahead')[] = [],
) {
  const ranch = ranchOf([host('a', spec)]);
  const plan = rollout({ ranch, seen: { a: reached('a', seen) }, options: { include } });
  const planned = plan.waves.flatMap((wave) => wave.hosts)[0];
  return {
    plan,
    planned,
    units: planned?.units ?? [],
    why: plan.excluded[0]?.reason ?? planned?.reasons.join('\n') ?? '',
    excluded: plan.excluded[0],
  };
}
