import { leaveWord } from '../../app/control.ts';
import { EXIT, RanchError } from '../../domain/errors.ts';
import { lockHolder } from '../../store/lock.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch pause [ROLLOUT]`: lets a running rollout finish its step, then wait for `resume`. */
const command: Command<object> = (door, [named]) =>
  withWorkspace(door, async (workspace) => {
    const id = await whichRollout(workspace, named, ({ status }) => status === 'running', 'under way');
    const { status } = (await workspace.store()).showRollout(id).rollout;
    if (status !== 'running' || !(await lockHolder(workspace.stateDir))) {
      throw new RanchError({
        code: 'no-such-rollout',
        place: id,
        message: status === 'running' ? 'was cut off: nobody carries it out' : `is ${status}, not under way`,
        remedy: `\`ranch show ${id}\` tells what happened and how to go on.`,
      });
    }
    leaveWord(workspace.stateDir, id, 'pause');
    if (door.options.json) door.print([jsonLine({ type: 'control', rollout: id, wish: 'pause' })]);
    door.say([
      `Told the controller of ${id} to pause: it first finishes what it has begun on a host.`,
      `Go on with: ranch resume ${id}`,
    ]);
    return EXIT.ok;
  });

export default command;
