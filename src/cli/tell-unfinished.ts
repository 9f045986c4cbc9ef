import type { Workspace } from '../app/workspace.ts';
import { lockHolder } from '../store/lock.ts';
import type { Door } from './door.ts';

/**
 * Says which rollouts have not ended and what to do about each. One whose journal says `running` while nobody holds the
 * state folder has lost its controller.
 */
export async function tellUnfinished(door: Door, workspace: Workspace): Promise<void> {
  const open = (await workspace.store()).unfinishedRollouts();
  if (open.length === 0) return;
  const holder = await lockHolder(workspace.stateDir);
  for (const { id, status } of open) {
    if (status === 'paused') door.say([`Rollout ${id} is paused: ranch resume ${id}`]);
    else if (holder) door.say([`Rollout ${id} is under way (pid ${holder.pid} on ${holder.machine}).`]);
    else door.say([`Rollout ${id} was cut off, its controller is gone: ranch resume ${id}`]);
  }
}
