import type { Artifact, PlatformKey, Target } from '../domain/artifact.ts';

/** The target's artifact for a platform: the exact one, else one that an interpreter runs anywhere (`any`). */
export function artifactFor(target: Target, platform: PlatformKey): Artifact | undefined {
  const exact = target.artifacts.find((artifact) => artifact.platform === platform);
  return exact ?? target.artifacts.find((artifact) => artifact.platform === 'any');
}
