import { sweepExit } from '../../app/exit-codes.ts';
import { sweep } from '../../app/sweep.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { driftTable } from '../../views/drift-table.ts';
import { findingLines } from '../../views/finding-lines.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { observationDetail } from '../../views/observation-detail.ts';
import type { Command } from '../door.ts';
import { warnUnreached } from '../warn-unreached.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags {
  readonly hosts?: readonly string[];
  readonly tags?: readonly string[];
  readonly http?: boolean;
}

/** `ranch sweep`: looks at every host now, records it, and shows the drift. */
const command: Command<Flags> = (door, _args, { hosts = [], tags = [], http = false }) =>
  withWorkspace(door, async (workspace) => {
    const selected = selectHosts(workspace.ranch, { hosts, tags });
    const { swept, drifts } = await sweep(workspace, selected, { http });
    const view = { ...door.view, now: workspace.clock.now() };
    if (door.options.json) {
      door.print(drifts.map((drift) => jsonLine({ type: 'drift', ...drift })));
      door.print(swept.findings.map((finding) => jsonLine({ type: 'finding', ...finding })));
    } else {
      door.print(driftTable(drifts, { ...view, ranch: workspace.ranch }));
      if (swept.findings.length > 0) door.print(['', ...findingLines(swept.findings, door.view)]);
      if (door.options.verbose) {
        for (const one of swept.observations.values()) door.print(['', ...observationDetail(one, view)]);
      }
    }
    warnUnreached(door, workspace.ranch, swept.observations.values());
    return sweepExit(drifts);
  });

export default command;
