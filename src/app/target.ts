import type { Target } from '../domain/artifact.ts';
import type { Version } from '../domain/brand.ts';
import type { Workspace } from './workspace.ts';

export { askedVersion as versionOf } from './artifacts/asked-version.ts';

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
