import { RanchError } from '../domain/errors.ts';
import { lockHolder } from '../store/lock.ts';
import type { Workspace } from './workspace.ts';

/**
 * A rollout begins only once the one before has ended: hosts that it left half way are its own to finish, and keep
 * its lease. Throws `state-locked`.
 */
export async function oneAtATime(workspace: Workspace): Promise<void> {
  const [open] = (await workspace.store()).unfinishedRollouts();
  if (!open) return;
  const { id, status } = open;
  const led = (await lockHolder(workspace.stateDir)) !== undefined;
  const stands = led ? 'is under way' : status === 'paused' ? 'is paused' : 'was cut off';
  throw new RanchError({
    code: 'state-locked',
    place: workspace.stateDir,
    message: `rollout ${id} ${stands}, and one must end before the next begins`,
    remedy: led
      ? 'Wait until it is done, or end it with `ranch abort`.'
      : `\`ranch resume ${id}\` goes on with it, \`ranch abort ${id}\` ends it.`,
  });
}
