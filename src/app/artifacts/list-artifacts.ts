import { stat } from 'node:fs/promises';
import type { Artifact } from '../../domain/artifact.ts';
import { codeOf, diskTrouble } from '../../store/trouble.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { readLockFile } from './lock-file.ts';

/** A pinned artifact, and whether this machine has it; whether what it has is whole, `verifyArtifacts` tells. */
export interface ListedArtifact {
  readonly artifact: Artifact;
  readonly present: boolean;
}

async function isPresent(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw diskTrouble(path, error);
  }
}

/** What a lock file pins, oldest version first. Throws what `readLockFile` throws, and `store-failed`. */
export async function listArtifacts(
  lockFile: string,
  store: ArtifactStore,
): Promise<readonly ListedArtifact[]> {
  const artifacts = await readLockFile(lockFile);
  return Promise.all(
    artifacts.map(async (artifact) => ({ artifact, present: await isPresent(store.path(artifact.sha256)) })),
  );
}
