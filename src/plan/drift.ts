import type { Target } from '../domain/artifact.ts';
import { type DriftState, type HostDrift, type InstanceDrift, worstDrift } from '../domain/drift.ts';
import type { Observation, ReachedObservation } from '../domain/observation.ts';
import type { HostSpec, InstanceSpec } from '../domain/ranch.ts';
import { artifactFor } from './artifact-for.ts';
import { driftOfInstance } from './drift-instance.ts';
import type { KnownReleases } from './judge.ts';
import { seenInstances } from './seen.ts';

const NONE_KNOWN: KnownReleases = new Map();

/**
 * Observation against target: one entry an instance, the host shows its worst. `known` names the versions of
 * binaries that do not say theirs. `observedAt` is 0 where the host was never looked at.
 */
export function driftOf(
  host: HostSpec,
  observation: Observation | undefined,
  target: Target,
  known: KnownReleases = NONE_KNOWN,
): HostDrift {
  if (observation === undefined) return whole(host, 'unknown', 'was never looked at', 0);
  if (observation.kind === 'unreachable') {
    const { message } = observation.trouble;
    return host.expect === 'absent'
      ? whole(host, 'absent', `is expected to be absent (${message})`, observation.at)
      : whole(host, 'unreachable', message, observation.at);
  }
  const unsupported = whyUnsupported(observation);
  if (unsupported !== undefined) return whole(host, 'unsupported', unsupported, observation.at);
  const aim = { version: target.version, artifact: artifactFor(target, observation.platform.key) };
  const instances = seenInstances(host, observation).map((seen) => driftOfInstance(seen, aim, known));
  const state = worstDrift(instances.map((instance) => instance.state));
  const reason = hostReason(state, instances);
  return { host: host.name, state, reason, instances, observedAt: observation.at };
}

/** Why a host cannot be upgraded at all; undefined where it can. SQ hosts are Linux (WSL included). */
export function whyUnsupported(observation: ReachedObservation): string | undefined {
  const { os, release } = observation.platform;
  return (
    observation.unsupported ??
    (os === 'linux' ? undefined : `${release || os} is not supported, only Linux is`)
  );
}

/** A state of the whole host: each instance that the inventory names shares it. */
function whole(host: HostSpec, state: DriftState, reason: string, observedAt: number): HostDrift {
  const instances = host.instances.map(({ port, binary, dataDir }: InstanceSpec): InstanceDrift => {
    const places = {
      ...(binary === undefined ? {} : { binary }),
      ...(dataDir === undefined ? {} : { dataDir }),
    };
    return { port, state, reason, ...places };
  });
  return { host: host.name, state, reason, instances, observedAt };
}

/** The reasons of the instances in the host's state; with their ports where there are several instances. */
function hostReason(state: DriftState, instances: readonly InstanceDrift[]): string {
  return instances
    .filter((instance) => instance.state === state)
    .map(({ port, reason }) => (instances.length > 1 ? `port ${port ?? 'unknown'}: ${reason}` : reason))
    .join('; ');
}
