import { resumeRollout } from '../../app/execute-plan.ts';
import { hasEnded } from '../../domain/rollout.ts';
import type { Command } from '../door.ts';
import { finish } from '../finish.ts';
import { watched } from '../live.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch resume [ROLLOUT]`: goes on where a rollout paused or its controller died; looks at the hosts first. */
const command: Command<object> = (door, [named]) =>
  withWorkspace(door, async (workspace) => {
    const id = await whichRollout(workspace, named, ({ status }) => !hasEnded(status), 'to go on with');
    const before = (await workspace.store()).showRollout(id);
    const executed = await watched(door, before, (watching) => resumeRollout(workspace, id, watching));
    return finish(door, executed);
  });

export default command;
