import { type ChildProcess, spawn } from 'node:child_process';
import type { ServerChannel } from 'ssh2';

/** What a command of a lab host finds around it. */
export interface CommandWorld {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logout?: Logout;
}

/**
 * What happens to a command whose client goes away. `pipes`, the default: its pipes close and the next write is
 * SIGPIPE, which is all that OpenSSH does without a terminal. `hang-up`: the shell's process group gets SIGHUP as
 * well, as some login managers have it; what called setsid lives on.
 */
export type Logout = 'pipes' | 'hang-up';

/**
 * Runs one command as sshd does without a terminal: `/bin/sh -c` in a session of its own, its streams joined to the
 * channel with back-pressure. The channel ends when the streams do, so a child in the background that keeps them
 * open keeps the channel open. Unlike sshd's, the streams are socket pairs, which /dev/stdin cannot open again.
 */
export function runCommand(channel: ServerChannel, command: string, world: CommandWorld): ChildProcess {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: world.cwd,
    env: world.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  // A command need not read its input (EPIPE): the rest of it is let through, so that the channel can end.
  child.stdin.on('error', () => channel.resume());
  child.once('exit', (code, signal) => tellExit(channel, code, signal));
  child.once('close', () => channel.end());
  child.once('error', (error) => {
    channel.stderr.write(`${error.message}\n`);
    channel.exit(127);
    channel.end();
  });
  channel.once('close', () => leave(child, world.logout ?? 'pipes'));
  return child;
}

/** Sends a signal to the process group of a command; it may be gone already. */
export function signalCommand(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function tellExit(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) channel.exit(code ?? 255);
  else channel.exit(signal.replace(/^SIG/, ''), false, '');
}

function leave(child: ChildProcess, logout: Logout): void {
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (logout === 'hang-up') signalCommand(child, 'SIGHUP');
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
