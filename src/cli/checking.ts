import type { Checked, CheckOptions } from '../app/checks/check-hosts.ts';
import { checkExit } from '../app/checks/check-hosts.ts';
import { interrupted } from '../app/run-playbook.ts';
import type { Workspace } from '../app/workspace.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { selectHosts } from '../inventory/select-hosts.ts';
import { findingLines } from '../views/finding-lines.ts';
import { jsonLine } from '../views/json-lines.ts';
import type { Command } from './door.ts';
import { withWorkspace } from './with-workspace.ts';

interface Flags {
  readonly tags?: readonly string[];
  readonly port?: readonly number[];
}

type Check<Own> = (
  workspace: Workspace,
  hosts: readonly HostSpec[],
  options: CheckOptions,
  own: Own,
) => Promise<Checked>;

/** A command that checks hosts: `ranch smoke [HOST...]` and its kin. `Own`: the options it has beside theirs. Ctrl-C stops at once; what a check put there goes. */
export function checkCommand<Own extends object>(
  check: Check<Own>,
  { brief = true }: { readonly brief?: boolean } = {},
): Command<Flags & Own> {
  return (door, hosts, flags) =>
    withWorkspace(door, async (workspace) => {
      const stop = new AbortController();
      const letGo = door.io.onInterrupt(() => stop.abort(interrupted('ranch')));
      try {
        const { tags = [], port = [] } = flags;
        const selected = selectHosts(workspace.ranch, { hosts, tags });
        const checked = await check(workspace, selected, { ports: port, signal: stop.signal }, flags);
        door.print(
          door.options.json
            ? checked.findings.map((each) => jsonLine({ type: 'finding', ...each }))
            : findingLines(checked.findings, door.view, { brief: brief && !door.options.verbose }),
        );
        return checkExit(checked);
      } finally {
        letGo();
      }
    });
}
