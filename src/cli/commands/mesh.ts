import { selectHosts } from '../../inventory/select-hosts.ts';
import type { Command } from '../door.ts';
import { tellMesh } from '../tell-mesh.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags {
  readonly tags?: readonly string[];
  readonly quick?: true;
}

/** `ranch mesh [HOST...]`: how every host reaches the SQ of every other. */
const mesh: Command<Flags> = (door, hosts, { tags = [], quick }) =>
  withWorkspace(door, (workspace) => {
    const selected = selectHosts(workspace.ranch, { hosts, tags });
    return tellMesh(door, workspace, selected, quick ? 'reach' : 'all');
  });

export default mesh;
