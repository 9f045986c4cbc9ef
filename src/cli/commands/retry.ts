import { makePlan } from '../../app/make-plan.ts';
import { oneAtATime } from '../../app/one-at-a-time.ts';
import { EXIT } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/rollout.ts';
import { carryOut } from '../carry-out.ts';
import type { Command } from '../door.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch retry [ROLLOUT]`: a new rollout, with the same options, for the hosts of one that did not end well. */
const command: Command<{ readonly yes?: boolean }> = (door, [named], flags) =>
  withWorkspace(door, async (workspace) => {
    await oneAtATime(workspace);
    const id = await whichRollout(workspace, named, ({ status }) => hasEnded(status), 'that ended');
    const { plan, units } = (await workspace.store()).showRollout(id);
    const bad = units.filter(({ outcome }) => outcome !== 'changed' && outcome !== 'unchanged');
    const hosts = [...new Set(bad.map(({ host }) => host))];
    if (hosts.length === 0) {
      door.say([`Every host of ${id} ended well: nothing to retry.`]);
      return EXIT.ok;
    }
    const next = await makePlan(workspace, plan.purpose, plan.target, { ...plan.options, hosts, tags: [] });
    return carryOut(door, workspace, next, flags);
  });

export default command;
