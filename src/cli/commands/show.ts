import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { showText } from '../../views/show-text.ts';
import type { Command } from '../door.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch show [ROLLOUT]`: one rollout step by step; the newest where none is named. */
const command: Command<object> = (door, [named]) =>
  withWorkspace(door, async (workspace) => {
    const id = await whichRollout(workspace, named, () => true, 'yet');
    const detail = (await workspace.store()).showRollout(id);
    if (door.options.json) {
      door.print([
        jsonLine({ type: 'rollout', ...detail.rollout }),
        ...detail.units.map((unit) => jsonLine({ type: 'unit', ...unit })),
        ...detail.events.map((event) => jsonLine(event)),
      ]);
    } else {
      door.print(showText(detail, { ...door.view, now: workspace.clock.now() }));
    }
    return EXIT.ok;
  });

export default command;
