import { systemClock, systemRandom } from '../../app/system.ts';
import type { Command } from '../door.ts';

/** `ranch daemon`: stays up and runs the playbooks that have a schedule; with `--once` each sweep once, now. */
const command: Command<{ readonly playbooks: string; readonly once?: boolean }> = async (
  { io, options },
  _args,
  { playbooks, once = false },
) => {
  const { daemon } = await import('../../daemon/daemon.ts');
  return daemon({
    workspace: {
      inventory: options.inventory,
      stateDir: options.state,
      asking: {},
      clock: systemClock,
      random: systemRandom,
      ...(options.sshConfig ? { sshConfig: options.sshConfig } : {}),
    },
    playbooksDir: playbooks,
    once,
    onInterrupt: io.onInterrupt,
    log: {
      level: options.quiet ? 'warn' : options.verbose ? 'debug' : 'info',
      json: options.json,
      colour: options.color && io.out.colour,
    },
  });
};

export default command;
