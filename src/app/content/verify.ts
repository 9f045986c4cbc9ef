import { checkContent } from '../../checks/content/content.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { type Checked, type CheckOptions, checkHosts } from '../checks/check-hosts.ts';
import type { Workspace } from '../workspace.ts';
import { readCandidate } from './candidate.ts';
import { keyScrollsOf } from './key-scrolls.ts';
import { fitting } from './subject-for.ts';

/** What hosts are held against. */
export interface VerifyWish {
  readonly phext: string;
  /** A phext file of this machine; left out: what each host's own disk has. */
  readonly file?: string;
}

/**
 * Reads every coordinate of a phext back from each host and holds it against a file, or against the host's own. Throws
 * `file-failed`, `phext-invalid`, `playbook-invalid` before any host is asked.
 */
export async function verifyContent(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  { phext, file }: VerifyWish,
  options: CheckOptions = {},
): Promise<Checked> {
  const candidate = file === undefined ? undefined : await readCandidate(file);
  const keyScrolls = await keyScrollsOf(workspace.ranch, phext);
  const wish = {
    phext,
    keyScrolls,
    ...(candidate ? { expected: { name: candidate.file, scrolls: candidate.scrolls } } : {}),
  };
  return await checkHosts(
    workspace,
    hosts,
    async ({ subjects }, ports) => {
      const found = await Promise.all(
        fitting(subjects, phext).map((subject) => checkContent(subject, wish, ports)),
      );
      return found.flat();
    },
    options,
  );
}
