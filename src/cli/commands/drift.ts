import { driftExit } from '../../app/exit-codes.ts';
import { RanchError } from '../../domain/errors.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { driftTable } from '../../views/drift-table.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags {
  readonly hosts?: readonly string[];
  readonly tags?: readonly string[];
  readonly exitCode?: boolean;
}

/** `ranch drift`: how hosts differ from the target, as the last sweep saw them, and since when. */
const command: Command<Flags> = (door, _args, { hosts = [], tags = [], exitCode = false }) =>
  withWorkspace(door, async (workspace) => {
    const names = new Set(selectHosts(workspace.ranch, { hosts, tags }).map(({ name }) => name));
    const drifts = (await workspace.store()).latestDrift().filter(({ host }) => names.has(host));
    if (drifts.length === 0) {
      throw new RanchError({
        code: 'usage',
        place: workspace.stateDir,
        message: 'holds no look at these hosts yet',
        remedy: 'Run `ranch sweep` first.',
      });
    }
    const now = workspace.clock.now();
    if (door.options.json) door.print(drifts.map((drift) => jsonLine({ type: 'drift', ...drift })));
    else door.print(driftTable(drifts, { ...door.view, now, ranch: workspace.ranch }));
    return exitCode ? driftExit(drifts) : 0;
  });

export default command;
