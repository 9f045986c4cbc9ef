import type { Workspace } from '../app/workspace.ts';
import type { RolloutId } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { RolloutRecord } from '../domain/records.ts';
import { isRolloutId } from '../store/rollout-id.ts';

function noSuch(place: string, message: string): RanchError {
  return new RanchError({ code: 'no-such-rollout', place, message, remedy: '`ranch history` lists them.' });
}

/** The rollout that was named, else the newest that `fits`. Throws `no-such-rollout`. */
export async function whichRollout(
  workspace: Workspace,
  named: string | undefined,
  fits: (record: RolloutRecord) => boolean,
  what: string,
): Promise<RolloutId> {
  const store = await workspace.store();
  if (named !== undefined) {
    if (!isRolloutId(named)) throw noSuch(named, 'is not the name of a rollout');
    return store.showRollout(named).rollout.id;
  }
  const found = store.listRollouts(100).find(fits);
  if (!found) throw noSuch(workspace.stateDir, `holds no rollout ${what}`);
  return found.id;
}
