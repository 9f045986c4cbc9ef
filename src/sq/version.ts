import { asVersion, type Version } from '../domain/brand.ts';

/**
 * What `sq version` printed, as a version; undefined for the usage text that 0.5.1 and older print, which also exit
 * with 0.
 */
export function versionFromCli(stdout: string): Version | undefined {
  return asVersion(stdout.trim());
}
