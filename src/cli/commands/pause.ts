import { leaveWord } from '../../app/control.ts';
import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch pause [ROLLOUT]`: lets a running rollout finish its step, then wait for `resume`. */
const command: Command<object> = (door, [named]) =>
  withWorkspace(door, async (workspace) => {
    const id = await whichRollout(workspace, named, ({ status }) => status === 'running', 'under way');
    leaveWord(workspace.stateDir, id, 'pause');
    if (door.options.json) door.print([jsonLine({ type: 'control', rollout: id, wish: 'pause' })]);
    door.say([`Told the controller of ${id} to pause; go on with: ranch resume ${id}`]);
    return EXIT.ok;
  });

export default command;
