import type { Target } from '../domain/artifact.ts';
import type { Version } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import { asVersion } from '../inventory/words.ts';
import type { Workspace } from './workspace.ts';

/** `0.5.2` or `v0.5.2` as a version. Throws `version-invalid`. */
export function versionOf(text: string): Version {
  const version = asVersion(text);
  if (version) return version;
  throw new RanchError({
    code: 'version-invalid',
    place: text,
    message: 'is not a version',
    remedy: 'Give three numbers, like 0.5.2 or v0.5.2.',
  });
}

/** A version with what `ranch.lock` pins for it. */
export async function targetOf(workspace: Workspace, version: Version): Promise<Target> {
  const artifacts = await workspace.artifacts();
  return { version, artifacts: artifacts.filter((artifact) => artifact.version === version) };
}

/** What the inventory aims at; undefined where it names no target. */
export async function inventoryTarget(workspace: Workspace): Promise<Target | undefined> {
  const { target } = workspace.ranch;
  return target ? targetOf(workspace, target.version) : undefined;
}
