import { lookAfter } from '../../app/look-after.ts';
import { hostNamed } from '../../app/maintain/context.ts';
import { findBackup } from '../../app/maintain/find-backup.ts';
import { type RestoreOutcome, restoreHost } from '../../app/maintain/restore.ts';
import { EXIT } from '../../domain/errors.ts';
import { dependentsLines } from '../../views/dependents-lines.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { renderLine } from '../../views/line.ts';
import { agree } from '../agree.ts';
import type { Command } from '../door.ts';
import { finishing, withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly port?: readonly number[];
  readonly fromOther?: boolean;
  readonly yes?: boolean;
}

/** What is known of the content now; never more than was looked at. */
const CONTENT = {
  checksum: 'SQ serves exactly that content',
  'written-since': 'all scrolls of it are there, and clients have written since',
  'not-asked': 'its files are on the disk',
} as const;

/** What was put where, what SQ holds of it, what was left alone, and where the old files are. */
function toldOf(host: string, { backup, instance, verified }: RestoreOutcome): readonly string[] {
  const { port, restored, left, snapshot, state } = instance;
  const names = restored.map(({ name }) => name).join(', ');
  const why = verified.kind === 'not-asked' ? `: ${verified.why}` : '';
  return [
    `${host}:${port} ${state} ${names} from ${backup}`,
    `  ${CONTENT[verified.kind]}${why}`,
    ...(left.length > 0 ? [`  left alone: ${left.join(', ')}`] : []),
    ...dependentsLines(instance),
    ...(snapshot === undefined ? [] : [`  what was there lies in ${snapshot} on the host`]),
  ];
}

/** `ranch restore HOST BACKUP`: puts a verified backup in place of the phexts it holds; what was there is kept. */
const command: Command<Flags> = (door, [host = '', backup = ''], { port, fromOther, yes = false }) =>
  withMaintenance(door, async (context, workspace) => {
    const spec = hostNamed(context.ranch, host);
    // Nobody is asked about what does not exist.
    const folder = await findBackup(context.stateDir, spec.name, backup, port);
    const question = `Put ${folder} in place of what ${host} has now? What is there is kept beside it.`;
    if (!(await agree(door, question, yes))) {
      door.say(['Nothing was done.']);
      return EXIT.ok;
    }
    const [only] = port ?? [];
    const done = await finishing(door, () =>
      restoreHost(context, host, folder, {
        ...(only === undefined ? {} : { port: only }),
        ...(fromOther ? { fromOther } : {}),
      }),
    );
    await lookAfter(workspace, new Set([spec.name]));
    if (door.options.json) door.print([jsonLine({ type: 'restore', ...done })]);
    else door.print(toldOf(host, done).map((line) => renderLine([line], door.view)));
    return done.instance.stillDown.length > 0 ? EXIT.failed : EXIT.ok;
  });

export default command;
