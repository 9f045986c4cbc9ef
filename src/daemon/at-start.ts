import { openWorkspace } from '../app/workspace.ts';
import { lockHolder } from '../store/lock.ts';
import type { DaemonSetting } from './setting.ts';

/**
 * Looks at what is there before anything runs: an inventory or a store that cannot be read is told to whoever starts
 * the daemon; rollouts that an earlier controller left behind are told in the log. Nothing is taken up by itself,
 * because whoever began it may be about to. Throws `inventory-missing`, `inventory-invalid` and the store's codes.
 */
export async function lookAtStart({ workspace: options, log }: DaemonSetting): Promise<void> {
  const workspace = await openWorkspace(options);
  try {
    const unfinished = (await workspace.store()).unfinishedRollouts();
    const holder = unfinished.length > 0 ? await lockHolder(workspace.stateDir) : undefined;
    for (const { id, status, startedAt } of unfinished) {
      const fields = { event: 'rollout-unfinished', rollout: id, status, startedAt };
      if (holder && status === 'running') {
        log.info({ ...fields, by: holder.command, holder: holder.pid }, `rollout ${id} is under way`);
      } else {
        log.warn(fields, `rollout ${id} is not finished; go on with: ranch resume ${id}`);
      }
    }
  } finally {
    await workspace.close();
  }
}
