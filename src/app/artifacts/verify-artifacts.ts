import { readFile } from 'node:fs/promises';
import type { Artifact, PlatformKey } from '../../domain/artifact.ts';
import type { Sha256, Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { readLockFile } from './lock-file.ts';
import { checkFits, programOf } from './program.ts';

/** How one pinned artifact stands. */
export interface ArtifactState {
  readonly version: Version;
  readonly platform: PlatformKey;
  readonly sha256: Sha256;
  /** `corrupt`: what lies in the store is damaged, or is not what the lock file says. */
  readonly state: 'ok' | 'missing' | 'corrupt';
  /** Why, for people; empty when `ok`. */
  readonly detail: string;
}

async function troubleWith(artifact: Artifact, store: ArtifactStore): Promise<RanchError | undefined> {
  const { sha256, bytes, platform } = artifact;
  const place = store.path(sha256);
  try {
    const stored = await store.bytes(sha256);
    if (stored !== bytes) {
      const message = `is ${stored} bytes long, and the lock file says ${bytes}`;
      const remedy = 'Register it again with `ranch artifact add`.';
      return new RanchError({ code: 'artifact-invalid', place, message, remedy });
    }
    checkFits(programOf(await readFile(place), place), platform, place);
    return undefined;
  } catch (error) {
    if (error instanceof RanchError && error.code !== 'store-failed') return error;
    throw error;
  }
}

/**
 * Looks at every artifact of a lock file: present in the store, its sha256 and size as pinned, and a program for its
 * platform. Throws what `readLockFile` throws, and `store-failed`.
 */
export async function verifyArtifacts(
  lockFile: string,
  store: ArtifactStore,
): Promise<readonly ArtifactState[]> {
  const states: ArtifactState[] = [];
  for (const artifact of await readLockFile(lockFile)) {
    const { version, platform, sha256 } = artifact;
    const trouble = await troubleWith(artifact, store);
    const state = trouble === undefined ? 'ok' : trouble.code === 'artifact-missing' ? 'missing' : 'corrupt';
    states.push({ version, platform, sha256, state, detail: trouble?.message ?? '' });
  }
  return states;
}
