import type { PlatformKey } from '../../domain/artifact.ts';
import type { Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';

/** The two ways to get an artifact, as one sentence. `host`: one that needs it, and could build it. */
export function waysToGet(version: Version, platform: PlatformKey, host = 'HOST'): string {
  return (
    `Register one with \`ranch artifact add FILE --version ${version} --platform ${platform}\`, or build one with ` +
    `\`ranch artifact build ${version}\` here or, for another platform, \`ranch artifact build ${version} --on ${host}\`.`
  );
}

/** `artifact-missing` for one version and platform, with the two ways to get it. */
export function missingArtifact(version: Version, platform: PlatformKey, host?: string): RanchError {
  return new RanchError({
    code: 'artifact-missing',
    place: `SQ ${version}`,
    message: `no artifact is registered for ${platform}`,
    remedy: waysToGet(version, platform, host),
  });
}
