import { dirname, join } from 'node:path';
import { EXIT } from '../../domain/errors.ts';
import { loadPlaybooks } from '../../inventory/load-playbooks.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { count } from '../../views/quantity.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch check`: validates the inventory, the lock file and the playbooks beside it. Connects to nothing. */
const command: Command<object> = (door) =>
  withWorkspace(door, async (workspace) => {
    const { ranch } = workspace;
    const playbooks = await loadPlaybooks(join(dirname(ranch.file), 'playbooks'));
    const artifacts = await workspace.artifacts();
    if (door.options.json) {
      door.print([
        jsonLine({ type: 'inventory', file: ranch.file, hosts: ranch.hosts, zones: ranch.zones }),
        ...artifacts.map((artifact) => jsonLine({ type: 'artifact', ...artifact })),
        ...playbooks.map((playbook) => jsonLine({ type: 'playbook', ...playbook })),
      ]);
      return EXIT.ok;
    }
    const zones = new Set(ranch.hosts.map(({ zone }) => zone)).size;
    door.print([
      `${ranch.file}: ${count(ranch.hosts.length, 'host')} in ${count(zones, 'zone')}, target ${ranch.target?.version ?? 'none'}`,
      `${workspace.lockFile}: ${count(artifacts.length, 'binary', 'binaries')} pinned`,
      ...playbooks.map(
        ({ file, kind, schedule }) => `${file}: ${kind}${schedule ? `, ${schedule.cron}` : ''}`,
      ),
    ]);
    return EXIT.ok;
  });

export default command;
