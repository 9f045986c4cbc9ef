import { join } from 'node:path';
import { RanchError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import { withExclusive } from '../store/lock.ts';

/**
 * Runs `use` as the one daemon of a state folder. Its lock is not the one of rollouts: a person may roll out while
 * the daemon sweeps. Throws `state-locked`, naming the other daemon; let go of however the process dies.
 */
export async function withDaemonLock<T>(stateDir: string, clock: Clock, use: () => Promise<T>): Promise<T> {
  let held = false;
  try {
    return await withExclusive(join(stateDir, 'daemon'), { command: 'ranch daemon', clock }, () => {
      held = true;
      return use();
    });
  } catch (error) {
    if (held || !(error instanceof RanchError) || error.code !== 'state-locked') throw error;
    throw new RanchError(
      {
        code: 'state-locked',
        place: stateDir,
        message: error.message,
        remedy: 'One daemon serves a state folder: stop that one first, or name another with `--state`.',
      },
      { cause: error },
    );
  }
}
