import { sweepExit } from '../../app/exit-codes.ts';
import { sweep } from '../../app/sweep.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { driftTable } from '../../views/drift-table.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { observationDetail } from '../../views/observation-detail.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch sweep`: looks at every host now, records it, and shows the drift. */
const command: Command<{ readonly hosts?: readonly string[]; readonly tags?: readonly string[] }> = (
  door,
  _args,
  options,
) =>
  withWorkspace(door, async (workspace) => {
    const { hosts = [], tags = [] } = options;
    const selected = selectHosts(workspace.ranch, { hosts, tags });
    const { swept, drifts } = await sweep(workspace, selected);
    const view = { ...door.view, now: workspace.clock.now() };
    if (door.options.json) {
      door.print(drifts.map((drift) => jsonLine({ type: 'drift', ...drift })));
    } else {
      door.print(driftTable(drifts, { ...view, ranch: workspace.ranch }));
      if (door.options.verbose) {
        for (const one of swept.observations.values()) door.print(observationDetail(one, view));
      }
    }
    return sweepExit(drifts);
  });

export default command;
