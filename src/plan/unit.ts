import type { Sha256 } from '../domain/brand.ts';
import type { Arming, BinaryIdentity, ReachedObservation } from '../domain/observation.ts';
import type { PlannedInstance, UnitAction, UnitPlan } from '../domain/plan.ts';
import { expectedDowntimeMs } from './downtime.ts';
import type { BinaryGroup } from './groups.ts';
import type { KnownReleases } from './judge.ts';
import { isVersion } from './version.ts';

/** What a unit is made of, once all is decided. */
export interface UnitParts {
  readonly binary: string;
  readonly action: UnitAction;
  readonly from: BinaryIdentity | undefined;
  readonly to: UnitPlan['to'];
  /** Size of the new binary, sent only where the host does not hold it. */
  readonly bytes: number;
  readonly instances: readonly PlannedInstance[];
}

/** The folder of an absolute path. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** A unit with what it costs: bytes to send (0 where the host holds the release) and expected downtime. */
export function makeUnit(parts: UnitParts, observation: ReachedObservation, known: KnownReleases): UnitPlan {
  const { binary, action, from, to, instances } = parts;
  return {
    binary,
    action,
    ...(from === undefined ? {} : { from: named(from, known) }),
    to,
    bytesToSend: holds(observation, binary, to.sha256) ? 0 : parts.bytes,
    downtimeMs: expectedDowntimeMs(instances),
    instances,
  };
}

/**
 * What a revert brings back: what runs now, where that is not what the unit goes to; else the file on disk. What
 * runs is known to work, which a file that nobody started yet is not. A file that an earlier rollout placed and never
 * decided on is no way back: that is what it would have put back itself; undefined after a first install.
 */
export function fromOf(
  group: BinaryGroup,
  to: Sha256,
  observation: ReachedObservation,
): BinaryIdentity | undefined {
  const running = group.running.map(({ seen }) => seen.server.running);
  const found = running.find((identity) => identity.sha256 !== to) ?? group.disk?.identity ?? running[0];
  const arming = armingOf(observation, group);
  if (running.length > 0 || arming === undefined || found?.sha256 !== arming.to) return found;
  return arming.from === undefined ? undefined : { sha256: arming.from };
}

function armingOf(observation: ReachedObservation, { binary }: BinaryGroup): Arming | undefined {
  if (binary === undefined) return undefined;
  return observation.ranch.find(({ binDir }) => binDir === folderOf(binary))?.arming;
}

function named(identity: BinaryIdentity, known: KnownReleases): BinaryIdentity {
  const version = identity.version ?? known.get(identity.sha256);
  return { sha256: identity.sha256, ...(isVersion(version) ? { version } : {}) };
}

function holds(observation: ReachedObservation, binary: string, sha256: Sha256): boolean {
  const folder = folderOf(binary);
  const kept = observation.ranch.some((each) => each.binDir === folder && each.releases.includes(sha256));
  return (
    kept || observation.binaries.some((each) => each.realPath === binary && each.identity.sha256 === sha256)
  );
}
