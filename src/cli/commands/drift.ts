import { driftExit } from '../../app/exit-codes.ts';
import { inventoryTarget } from '../../app/target.ts';
import type { Workspace } from '../../app/workspace.ts';
import type { HostDrift } from '../../domain/drift.ts';
import { RanchError } from '../../domain/errors.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { driftOf } from '../../plan/drift.ts';
import { driftTable } from '../../views/drift-table.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { tellOlder } from '../tell-older.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags {
  readonly hosts?: readonly string[];
  readonly tags?: readonly string[];
  readonly exitCode?: boolean;
}

/** A host that nobody has looked at is told as unknown: what is left out would look in order. */
async function withUnseen(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  seen: readonly HostDrift[],
): Promise<readonly HostDrift[]> {
  const target = await inventoryTarget(workspace);
  const known = new Map(seen.map((drift) => [drift.host, drift]));
  return hosts.flatMap((spec) => known.get(spec.name) ?? (target ? driftOf(spec, undefined, target) : []));
}

/** `ranch drift`: how hosts differ from the target, as the last sweep saw them, and since when. */
const command: Command<Flags> = (door, _args, { hosts = [], tags = [], exitCode = false }) =>
  withWorkspace(door, async (workspace) => {
    const selected = selectHosts(workspace.ranch, { hosts, tags });
    const names = new Set(selected.map(({ name }) => name));
    const seen = (await workspace.store()).latestDrift().filter(({ host }) => names.has(host));
    if (seen.length === 0) {
      throw new RanchError({
        code: 'usage',
        place: workspace.stateDir,
        message: 'holds no look at these hosts yet',
        remedy: 'Run `ranch sweep` first.',
      });
    }
    const drifts = await withUnseen(workspace, selected, seen);
    const now = workspace.clock.now();
    if (door.options.json) door.print(drifts.map((drift) => jsonLine({ type: 'drift', ...drift })));
    else door.print(driftTable(drifts, { ...door.view, now, ranch: workspace.ranch }));
    tellOlder(
      door,
      await workspace.store(),
      seen.map(({ host, observedAt }) => ({ host, at: observedAt })),
    );
    return exitCode ? driftExit(drifts) : 0;
  });

export default command;
