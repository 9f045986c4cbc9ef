import type { HostName, Version } from '../domain/brand.ts';
import { driftsOf, lookAtHosts, recordSweep } from './sweep.ts';
import { inventoryTarget, targetOf } from './target.ts';
import type { Workspace } from './workspace.ts';

/**
 * Looks once more at hosts that ranch itself has just changed, and records it: what `status` and `drift` show next is
 * what ranch left, not what it found. Drift is told against the inventory's target, else against `version`; without
 * either nothing is recorded, nor where the signal gave it up.
 */
export async function lookAfter(
  workspace: Workspace,
  hosts: ReadonlySet<HostName>,
  version?: Version,
  signal?: AbortSignal,
): Promise<void> {
  const specs = workspace.ranch.hosts.filter(({ name }) => hosts.has(name));
  if (specs.length === 0 || signal?.aborted) return;
  const asked = version === undefined ? undefined : await targetOf(workspace, version);
  const target = (await inventoryTarget(workspace)) ?? asked;
  if (!target) return;
  try {
    const swept = await lookAtHosts(workspace, specs, { reuse: true, ...(signal ? { signal } : {}) });
    await recordSweep(workspace, swept, driftsOf(specs, swept, target));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
