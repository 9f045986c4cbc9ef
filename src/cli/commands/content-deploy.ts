import { mustHoldKeys, readCandidate } from '../../app/content/candidate.ts';
import { keyScrollsOf } from '../../app/content/key-scrolls.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { deployThrough } from '../deploying.ts';
import type { Command } from '../door.ts';
import { withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly phext?: string;
  readonly tags?: readonly string[];
  readonly port?: readonly number[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** `ranch content deploy FILE --phext NAME [HOST...]`: checked here, shown, put in place, read back, or taken back. */
const command: Command<Flags> = (
  door,
  [file = '', ...hosts],
  { phext = '', tags = [], port = [], yes = false, dryRun = false },
) =>
  withMaintenance(door, async (context, workspace) => {
    const selected = selectHosts(context.ranch, { hosts, tags });
    const keys = await keyScrollsOf(context.ranch, phext);
    const candidate = mustHoldKeys(await readCandidate(file), keys);
    const order = { phext, ports: port, source: { kind: 'file', candidate } } as const;
    const what = `Put ${file} in place as ${phext}`;
    return await deployThrough(door, context, workspace, selected, order, { yes, what, dryRun });
  });

export default command;
