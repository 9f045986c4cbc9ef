import { leaveWord } from '../../app/control.ts';
import { abortRollout } from '../../app/execute-plan.ts';
import { abortExit } from '../../app/exit-codes.ts';
import { EXIT } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/rollout.ts';
import { lockHolder } from '../../store/lock.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { finish } from '../finish.ts';
import { watched } from '../live.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch abort [ROLLOUT]`: ends one; what is begun on a host goes back, what is confirmed stays. */
const command: Command<object> = (door, [named]) =>
  withWorkspace(door, async (workspace) => {
    const id = await whichRollout(workspace, named, ({ status }) => !hasEnded(status), 'to abort');
    if (await lockHolder(workspace.stateDir)) {
      leaveWord(workspace.stateDir, id, 'abort');
      if (door.options.json) door.print([jsonLine({ type: 'control', rollout: id, wish: 'abort' })]);
      door.say([`Told the controller of ${id} to abort; it will once its step is done.`]);
      return EXIT.ok;
    }
    const before = (await workspace.store()).showRollout(id);
    const executed = await watched(door, before, (watching) => abortRollout(workspace, id, watching));
    finish(door, executed);
    return abortExit(executed);
  });

export default command;
