import { stopHost } from '../../app/maintain/stop.ts';
import type { Command } from '../door.ts';
import { tellMaintained, withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly port?: readonly number[];
  readonly forgetKey?: boolean;
  readonly allowUnsaved?: boolean;
}

/** `ranch stop HOST`: ends a host's instances at a quiet moment: nothing acknowledged is lost. */
const command: Command<Flags> = (door, [host = ''], { port, ...wish }) =>
  withMaintenance(door, async (context) =>
    tellMaintained(door, await stopHost(context, host, { ...wish, ...(port ? { ports: port } : {}) })),
  );

export default command;
