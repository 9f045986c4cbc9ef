import { rescueContent } from '../../app/content/rescue.ts';
import { EXIT } from '../../domain/errors.ts';
import { rescuedLines } from '../../views/content-lines.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly phext?: string;
  readonly output?: string;
  readonly port?: readonly number[];
}

/** `ranch content rescue HOST --phext NAME -o FILE`: what SQ's memory holds, whatever its disk has. */
const command: Command<Flags> = (door, [host = ''], { phext = '', output = '', port = [] }) =>
  withMaintenance(door, async (context) => {
    const rescued = await rescueContent(context, host, { phext, ports: port, file: output });
    const { checksum, onDisk } = rescued;
    door.print(
      door.options.json
        ? [jsonLine({ type: 'content-rescue', ...rescued })]
        : rescuedLines(
            {
              place: `${rescued.host}:${rescued.port}`,
              file: rescued.file,
              phext: rescued.phext,
              proven: checksum !== undefined,
              ...(onDisk === undefined ? {} : { onDisk }),
            },
            door.view,
          ),
    );
    return EXIT.ok;
  });

export default command;
