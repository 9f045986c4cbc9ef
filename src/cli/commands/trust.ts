import { type Seen, trustHosts } from '../../app/trust.ts';
import { EXIT } from '../../domain/errors.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { table } from '../../views/table.ts';
import { troublesText } from '../../views/trouble-text.ts';
import { agree } from '../agree.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

function rows(seen: readonly Seen[]) {
  return seen.map(({ host, key }) => [[host], [key.algorithm], [key.fingerprint]]);
}

/** `ranch trust [HOST...]`: shows the fingerprints of host keys and, when agreed, records them. */
const command: Command<{ readonly yes?: boolean }> = (door, hosts, flags) =>
  withWorkspace(door, async (workspace) => {
    const selected = selectHosts(workspace.ranch, { hosts });
    const found = await trustHosts(workspace, selected);
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
    if (found.seen.length > 0) {
      const question = 'Are these the keys of your hosts? Record them?';
      if (await agree(door, question, flags.yes ?? false)) {
        await found.record();
        door.say([`Recorded ${found.seen.length} keys in ${found.file}.`]);
      } else door.say(['Nothing was recorded.']);
    }
    return found.troubles.length > 0 ? EXIT.unreachable : EXIT.ok;
  });

export default command;
