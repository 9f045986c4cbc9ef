import { startHost } from '../../app/maintain/start.ts';
import type { Command } from '../door.ts';
import { tellMaintained, withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly port?: readonly number[];
  readonly forgetKey?: boolean;
  readonly allowUnsaved?: boolean;
}

/** `ranch start HOST`: starts what was stopped, the way it ran. */
const command: Command<Flags> = (door, [host = ''], { port, ...wish }) =>
  withMaintenance(door, async (context) =>
    tellMaintained(door, await startHost(context, host, { ...wish, ...(port ? { ports: port } : {}) })),
  );

export default command;
