import { dirname, join } from 'node:path';
import { EXIT } from '../../domain/errors.ts';
import { loadPlaybooks } from '../../inventory/load-playbooks.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch check`: validates the inventory, the lock file and the playbooks beside it. Connects to nothing. */
const command: Command<object> = (door) =>
  withWorkspace(door, async (workspace) => {
    const { ranch } = workspace;
    const playbooks = await loadPlaybooks(join(dirname(ranch.file), 'playbooks'));
    const artifacts = await workspace.artifacts();
    const zones = new Set(ranch.hosts.map(({ zone }) => zone)).size;
    door.print([
      `${ranch.file}: ${ranch.hosts.length} hosts in ${zones} zones, target ${ranch.target?.version ?? 'none'}`,
      `${workspace.lockFile}: ${artifacts.length} binaries pinned`,
      ...playbooks.map(
        ({ file, kind, schedule }) => `${file}: ${kind}${schedule ? `, ${schedule.cron}` : ''}`,
      ),
    ]);
    return EXIT.ok;
  });

export default command;
