import { backupHost } from '../../app/maintain/backup.ts';
import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { renderLine } from '../../views/line.ts';
import { count, showBytes } from '../../views/quantity.ts';
import type { Command } from '../door.ts';
import { finishing, withMaintenance } from '../maintaining.ts';

/** `ranch backup HOST`: the phext files, copied at a quiet moment, brought here and verified. */
const command: Command<{ readonly to?: string; readonly port?: readonly number[] }> = (
  door,
  [host = ''],
  { to, port },
) =>
  withMaintenance(door, async (context) => {
    const done = await finishing(door, () =>
      backupHost(context, host, { ...(to ? { to } : {}), ...(port ? { ports: port } : {}) }),
    );
    for (const { folder, manifest, damaged } of done.backups) {
      const bytes = manifest.phexts.reduce((sum, phext) => sum + phext.bytes, 0);
      const what = `${count(manifest.phexts.length, 'phext')}, ${showBytes(bytes)}`;
      if (door.options.json) door.print([jsonLine({ type: 'backup', folder, ...manifest, damaged })]);
      else door.print([renderLine([`${host}:${manifest.port} ${what} in ${folder}`], door.view)]);
      if (damaged.length > 0) {
        door.say([
          renderLine([`SQ could not load: ${damaged.join(', ')}. They are kept as they are.`], door.view),
        ]);
      }
    }
    return EXIT.ok;
  });

export default command;
