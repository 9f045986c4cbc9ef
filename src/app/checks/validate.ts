import { validate } from '../../checks/validate/validate.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Workspace } from '../workspace.ts';
import { type Checked, type CheckOptions, checkHosts } from './check-hosts.ts';

/**
 * The contract of every running instance of the given hosts, on scratch servers. One instance of a host after the other:
 * those that share a binary share its lease.
 */
export function validateHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  options: CheckOptions = {},
): Promise<Checked> {
  return checkHosts(
    workspace,
    hosts,
    async ({ subjects }, ports) => {
      const found = [];
      for (const subject of subjects) found.push(...(await validate(subject, ports)));
      return found;
    },
    options,
  );
}
