import { type Seen, trustHosts } from '../../app/trust.ts';
import type { Workspace } from '../../app/workspace.ts';
import { EXIT } from '../../domain/errors.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { count } from '../../views/quantity.ts';
import { table } from '../../views/table.ts';
import { troublesText } from '../../views/trouble-text.ts';
import { agree } from '../agree.ts';
import type { Command, Door } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

function rows(seen: readonly Seen[]) {
  return seen.map(({ host, key }) => [[host], [key.algorithm], [key.fingerprint]]);
}

/** One round: asks hosts for their keys, and records them when agreed. */
async function round(
  door: Door,
  workspace: Workspace,
  hosts: readonly HostSpec[],
  yes: boolean,
): Promise<{ readonly well: boolean; readonly behind: readonly HostSpec[] }> {
  const found = await trustHosts(workspace, hosts);
  if (door.options.json) {
    door.print(found.seen.map(({ host, key }) => jsonLine({ type: 'host-key', host, ...key })));
  } else if (found.seen.length > 0) {
    const columns = [
      { title: 'HOST', keep: 2 },
      { title: 'KEY', keep: 0 },
      { title: 'FINGERPRINT', keep: 1 },
    ];
    door.print(table(columns, rows(found.seen), door.view));
  }
  if (found.troubles.length > 0) door.warn(troublesText(found.troubles, door.talk));
  const well = found.troubles.length === 0;
  if (found.seen.length === 0) return { well: well && found.behind.length === 0, behind: [] };
  if (await agree(door, 'Are these the keys of your hosts? Record them?', yes)) {
    await found.record();
    door.say([`Recorded ${count(found.seen.length, 'key')} in ${found.file}.`]);
    return { well, behind: found.behind };
  }
  door.say(['Nothing was recorded.']);
  return { well, behind: [] };
}

/**
 * `ranch trust [HOST...]`: shows the fingerprints of host keys and, when agreed, records them. Hosts behind a jump host
 * come in a round of their own: nobody logs in to a jump host before its key was agreed to.
 */
const command: Command<{ readonly yes?: boolean }> = (door, names, flags) =>
  withWorkspace(door, async (workspace) => {
    let hosts = selectHosts(workspace.ranch, { hosts: names });
    let well = true;
    while (hosts.length > 0) {
      const done = await round(door, workspace, hosts, flags.yes ?? false);
      well &&= done.well;
      hosts = done.behind;
    }
    return well ? EXIT.ok : EXIT.unreachable;
  });

export default command;
