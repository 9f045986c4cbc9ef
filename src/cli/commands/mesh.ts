import { meshExit, meshHosts } from '../../app/checks/mesh.ts';
import { interrupted } from '../../app/run-playbook.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { meshRecords } from '../../views/mesh-records.ts';
import { meshView } from '../../views/mesh-view.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags {
  readonly tags?: readonly string[];
  readonly quick?: true;
}

/** `ranch mesh [HOST...]`: how every host reaches the SQ of every other. Ctrl-C: what was written is removed first. */
const mesh: Command<Flags> = (door, hosts, { tags = [], quick }) =>
  withWorkspace(door, async (workspace) => {
    const stop = new AbortController();
    const letGo = door.io.onInterrupt(() => stop.abort(interrupted('ranch')));
    try {
      const selected = selectHosts(workspace.ranch, { hosts, tags });
      const depth = quick ? 'reach' : 'all';
      const report = await meshHosts(workspace, selected, { depth, signal: stop.signal });
      door.print(door.options.json ? meshRecords(report) : meshView(report, door.view));
      return meshExit(report);
    } finally {
      letGo();
    }
  });

export default mesh;
