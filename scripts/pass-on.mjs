// Runs a program in place of this one: same terminal, same signals, same exit code.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Within this many milliseconds a second interrupt is the echo of the first (npm repeats it), not a second wish. */
const ECHO = 300;

/** Runs Node on `args` and gives its exit code (128 + number where a signal ended it). */
export function passOn(args, { cwd, env = process.env }) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: 'inherit' });
  let interrupted = -Infinity;
  const handlers = {
    SIGINT() {
      // A terminal has already sent it to the child, to which a second one would mean `stop now`.
      if (process.stdin.isTTY || performance.now() - interrupted < ECHO) return;
      interrupted = performance.now();
      child.kill('SIGINT');
    },
    SIGTERM: () => child.kill('SIGTERM'),
    SIGHUP: () => child.kill('SIGHUP'),
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
