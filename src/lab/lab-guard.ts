import { spawn } from 'node:child_process';
import { once } from 'node:events';
import script from './guard.sh';
import { LAB_MARK } from './marked-processes.ts';

/** A process that ends a lab's servers when the lab's own process is killed. */
export interface LabGuard {
  /** Tells it that the lab is over, and resolves when it is gone. */
  dismiss(): Promise<void>;
}

/**
 * Posts the guard of a lab. It holds one end of a pipe whose other end only this process has: the kernel closes that
 * whatever becomes of us. It carries no mark itself, and sits in a session of its own, so that Ctrl-C does not reach it.
 */
export function postGuard(labId: string): LabGuard {
  const guard = spawn('/bin/sh', ['-c', script, 'ranch-lab-guard', `${LAB_MARK}=${labId}`], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(guard, 'exit');
  guard.stdin.on('error', () => undefined);
  return {
    dismiss: async () => {
      guard.stdin.end();
      await gone;
    },
  };
}
