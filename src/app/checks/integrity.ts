import type { Finding } from '../../domain/finding.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Workspace } from '../workspace.ts';
import { type Checked, type CheckOptions, checkHosts } from './check-hosts.ts';

export interface IntegrityOptions extends CheckOptions {
  /** How often a scratch server is killed under writers. */
  readonly kills: number;
  /** What clients do follows from it; drawn where none is given, and told by the findings. */
  readonly seed?: string;
}

/** Whether every running instance of the given hosts keeps what it is given. One instance of a host after the other. */
export async function integrityHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  { kills, seed = workspace.random.hex(8), ...options }: IntegrityOptions,
): Promise<Checked> {
  const { integrity } = await import('../../checks/integrity/integrity.ts');
  return await checkHosts(
    workspace,
    hosts,
    async ({ subjects }, ports) => {
      const findings: Finding[] = [];
      for (const subject of subjects) findings.push(...(await integrity(subject, { kills, seed }, ports)));
      return findings;
    },
    options,
  );
}
