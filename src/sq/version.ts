import semver from 'semver';
import type { Version } from '../domain/brand.ts';

/** Takes text for a version (`0.5.2` or `v0.5.2`); undefined when it is not one. */
export function asVersion(text: string): Version | undefined {
  const bare = text.startsWith('v') ? text.slice(1) : text;
  return semver.valid(bare) === bare ? (bare as Version) : undefined;
}

/**
 * What `sq version` printed, as a version; undefined for the usage text that 0.5.1 and older print, which also exit
 * with 0.
 */
export function versionFromCli(stdout: string): Version | undefined {
  return asVersion(stdout.trim());
}
