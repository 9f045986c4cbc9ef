import { type MeshOptions, meshExit, meshHosts } from '../app/checks/mesh.ts';
import { interrupted } from '../app/run-playbook.ts';
import type { Workspace } from '../app/workspace.ts';
import type { ExitCode } from '../domain/errors.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { meshRecords } from '../views/mesh-records.ts';
import { meshView } from '../views/mesh-view.ts';
import type { Door } from './door.ts';

/** Looks at the mesh of hosts and shows it. Gives its exit code. Ctrl-C: what was written is removed first. */
export async function tellMesh(
  door: Door,
  workspace: Workspace,
  hosts: readonly HostSpec[],
  depth: MeshOptions['depth'],
): Promise<ExitCode> {
  const stop = new AbortController();
  const letGo = door.io.onInterrupt(() => stop.abort(interrupted('ranch')));
  try {
    const report = await meshHosts(workspace, hosts, { depth, signal: stop.signal });
    door.print(door.options.json ? meshRecords(report) : meshView(report, door.view));
    return meshExit(report);
  } finally {
    letGo();
  }
}
