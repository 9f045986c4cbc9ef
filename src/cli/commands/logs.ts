import { hostLogs } from '../../app/maintain/logs.ts';
import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { renderLine } from '../../views/line.ts';
import type { Command } from '../door.ts';
import { withMaintenance } from '../maintaining.ts';

/** `ranch logs HOST`: the end of how each instance logs. */
const command: Command<{ readonly lines: number; readonly port?: readonly number[] }> = (
  door,
  [host = ''],
  { lines, port },
) =>
  withMaintenance(door, async (context) => {
    const { logs } = await hostLogs(context, host, { lines, ...(port ? { ports: port } : {}) });
    for (const log of logs) {
      if (door.options.json) {
        door.print([jsonLine({ type: 'log', host, ...log })]);
        continue;
      }
      const source = log.source === 'none' ? 'its output goes nowhere' : `${log.source} ${log.name}`;
      door.say([renderLine([`${host}:${log.port} (${source})`], door.view)]);
      door.print(log.lines.map((line) => renderLine([line], door.view)));
    }
    return EXIT.ok;
  });

export default command;
