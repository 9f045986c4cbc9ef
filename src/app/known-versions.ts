import type { Sha256, Version } from '../domain/brand.ts';
import type { ReachedObservation } from '../domain/observation.ts';
import type { Workspace } from './workspace.ts';

/** Programs are asked for their version once in their life: hosts with many of them are few. */
const MOST_KNOWN = 64;

/**
 * What programs are known to be: pinned ones by `ranch.lock`, others by what they said at an earlier look. A sweep
 * does not ask them again.
 */
export async function knownVersions(workspace: Workspace): Promise<Map<Sha256, Version | null>> {
  const known = new Map<Sha256, Version | null>();
  for (const { sha256, version } of await workspace.artifacts()) known.set(sha256, version);
  for (const { observation } of (await workspace.store()).latestObservations()) {
    if (observation.kind === 'reached') learn(known, observation);
  }
  return new Map([...known].slice(0, MOST_KNOWN));
}

function learn(known: Map<Sha256, Version | null>, observation: ReachedObservation): void {
  const seen = [
    ...observation.servers.map(({ running }) => running),
    ...observation.binaries.map(({ identity }) => identity),
  ];
  for (const { sha256, version } of seen) {
    if (!known.has(sha256)) known.set(sha256, version ?? null);
  }
}

/** The versions alone, for planning. */
export function releasesOf(known: ReadonlyMap<Sha256, Version | null>): Map<Sha256, Version> {
  return new Map([...known].flatMap(([sha, version]) => (version ? [[sha, version] as const] : [])));
}
