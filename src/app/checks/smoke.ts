import { smoke } from '../../checks/smoke.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Workspace } from '../workspace.ts';
import { type Checked, type CheckOptions, checkHosts } from './check-hosts.ts';

/** The smoke test of every running instance of the given hosts. */
export async function smokeHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  options: CheckOptions = {},
): Promise<Checked> {
  const artifacts = await workspace.artifacts();
  return await checkHosts(
    workspace,
    hosts,
    async ({ subjects }, ports) => {
      const found = await Promise.all(subjects.map((subject) => smoke(subject, { artifacts }, ports)));
      return found.flat();
    },
    options,
  );
}
