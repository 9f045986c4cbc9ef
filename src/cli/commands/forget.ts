import { EXIT, RanchError } from '../../domain/errors.ts';
import { isHostName } from '../../inventory/names.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch forget HOST`: drops what was seen of a host, for one that is gone. Its part in past rollouts stays. */
const command: Command<object> = (door, [host = '']) =>
  withWorkspace(door, async (workspace) => {
    if (!isHostName(host) || !(await workspace.store()).forget(host)) {
      throw new RanchError({
        code: 'no-such-host',
        place: host,
        message: 'nothing is known of this host',
        remedy: '`ranch status` lists what is known.',
      });
    }
    if (door.options.json) door.print([jsonLine({ type: 'forgotten', host })]);
    door.say([`Forgot what was seen of ${host}.`]);
    return EXIT.ok;
  });

export default command;
