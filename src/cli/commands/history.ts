import { EXIT } from '../../domain/errors.ts';
import { historyTable } from '../../views/history-table.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch history`: past rollouts, the newest first. */
const command: Command<{ readonly limit: number }> = (door, _args, { limit }) =>
  withWorkspace(door, async (workspace) => {
    const rollouts = (await workspace.store()).listRollouts(limit);
    if (door.options.json) door.print(rollouts.map((record) => jsonLine({ type: 'rollout', ...record })));
    else door.print(historyTable(rollouts, { ...door.view, now: workspace.clock.now() }));
    return EXIT.ok;
  });

export default command;
