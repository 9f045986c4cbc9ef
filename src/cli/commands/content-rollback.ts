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

/** `ranch content rollback --phext NAME [HOST...]`: what the last deploy replaced, back in its place. */
const command: Command<Flags> = (
  door,
  hosts,
  { phext = '', tags = [], port = [], yes = false, dryRun = false },
) =>
  withMaintenance(door, async (context, workspace) => {
    const selected = selectHosts(context.ranch, { hosts, tags });
    const order = { phext, ports: port, source: { kind: 'kept' } } as const;
    const what = `Put back what the last deploy of ${phext} replaced`;
    return await deployThrough(door, context, workspace, selected, order, { yes, what, dryRun });
  });

export default command;
