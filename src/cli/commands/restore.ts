import { lookAfter } from '../../app/look-after.ts';
import { hostNamed } from '../../app/maintain/context.ts';
import { restoreHost } from '../../app/maintain/restore.ts';
import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { renderLine } from '../../views/line.ts';
import { agree } from '../agree.ts';
import type { Command } from '../door.ts';
import { withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly port?: readonly number[];
  readonly fromOther?: boolean;
  readonly yes?: boolean;
}

/** `ranch restore HOST BACKUP`: puts a verified backup in place of the phexts it holds; what was there is kept. */
const command: Command<Flags> = (door, [host = '', backup = ''], { port, fromOther, yes = false }) =>
  withMaintenance(door, async (context, workspace) => {
    const question = `Put ${backup} in place of what ${host} has now? What is there is kept beside it.`;
    if (!(await agree(door, question, yes))) {
      door.say(['Nothing was done.']);
      return EXIT.ok;
    }
    const [only] = port ?? [];
    const done = await restoreHost(context, host, backup, {
      ...(only === undefined ? {} : { port: only }),
      ...(fromOther ? { fromOther } : {}),
    });
    await lookAfter(workspace, new Set([hostNamed(context.ranch, host).name]));
    if (door.options.json) door.print([jsonLine({ type: 'restore', ...done })]);
    else {
      const { restored, left, port: at } = done.instance;
      const kept = left.length > 0 ? `; left alone: ${left.join(', ')}` : '';
      door.print([renderLine([`${host}:${at} restored ${restored.join(', ')}${kept}`], door.view)]);
    }
    return EXIT.ok;
  });

export default command;
