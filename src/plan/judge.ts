import compare from 'semver/functions/compare.js';
import type { Artifact } from '../domain/artifact.ts';
import { type Sha256, short, type Version } from '../domain/brand.ts';
import type { BinaryIdentity } from '../domain/observation.ts';
import { isVersion } from './version.ts';

/** Versions that binaries are known to have from elsewhere (`ranch.lock`), for those that do not say it themselves. */
export type KnownReleases = ReadonlyMap<Sha256, Version>;

/** What one binary is, measured against the target. */
export interface Verdict {
  readonly state: 'in-sync' | 'behind' | 'ahead' | 'other-binary' | 'unknown';
  readonly version: Version | undefined;
  /** Completes "runs …" or "the file on disk is …". */
  readonly text: string;
}

/** SQ prints its version from 0.5.2 on; a binary that prints none is at most this (seen on the real programs). */
export const LAST_SILENT_VERSION = '0.5.1';

/** What the target is: its version and, where one is pinned for the platform, the artifact. */
export interface Aim {
  readonly version: Version;
  readonly artifact: Artifact | undefined;
}

/** Judges one binary. The sha256 decides where one is pinned; else the version, which is no identity, has to do. */
export function judgeBinary(identity: BinaryIdentity, aim: Aim, known: KnownReleases): Verdict {
  const version = identity.version ?? known.get(identity.sha256);
  if (identity.sha256 === aim.artifact?.sha256) return { state: 'in-sync', version, text: aim.version };
  if (version === undefined) return judgeSilent(aim);
  if (!isVersion(version)) {
    return { state: 'unknown', version: undefined, text: `"${version}", which is not a version` };
  }
  const order = compare(version, aim.version);
  if (order < 0) return { state: 'behind', version, text: `${version}, target is ${aim.version}` };
  if (order > 0) return { state: 'ahead', version, text: `${version}, newer than the target ${aim.version}` };
  if (aim.artifact === undefined) return { state: 'in-sync', version, text: version };
  const text = `${version} as another binary (${short(identity.sha256)}) than the pinned one (${short(aim.artifact.sha256)})`;
  return { state: 'other-binary', version, text };
}

/** A binary without a version is at most 0.5.1: that settles it for newer targets only. */
function judgeSilent({ version, artifact }: Aim): Verdict {
  const silent = `${LAST_SILENT_VERSION} or older (it says no version)`;
  const order = compare(LAST_SILENT_VERSION, version);
  if (order < 0) return { state: 'behind', version: undefined, text: `${silent}, target is ${version}` };
  if (order === 0 && artifact !== undefined) {
    const text = `${silent}, and not the pinned binary of ${version} (${short(artifact.sha256)})`;
    return { state: 'other-binary', version: undefined, text };
  }
  const text = `${silent}, which cannot be told from ${version} without its sha256 in ranch.lock`;
  return { state: 'unknown', version: undefined, text };
}
