import { restartHost } from '../../app/maintain/restart.ts';
import type { Command } from '../door.ts';
import { tellMaintained, withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly port?: readonly number[];
  readonly forgetKey?: boolean;
  readonly allowUnsaved?: boolean;
}

/** `ranch restart HOST`: a quiet stop and a start in one act on the host. */
const command: Command<Flags> = (door, [host = ''], { port, ...wish }) =>
  withMaintenance(door, async (context) =>
    tellMaintained(door, await restartHost(context, host, { ...wish, ...(port ? { ports: port } : {}) })),
  );

export default command;
