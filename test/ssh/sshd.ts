import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { keyPair } from './server.ts';
import { temporaryFolder } from './world.ts';

/** OpenSSH's server, where this machine has it. */
const SSHD = '/usr/sbin/sshd';

/** Why the tests against a real sshd cannot run here; undefined when they can. */
export const NO_SSHD = existsSync(SSHD) ? undefined : `${SSHD} is not installed`;

/** A real sshd on 127.0.0.1 that lets the current user in with one key. */
export interface RealSshd {
  readonly port: number;
  readonly user: string;
  readonly folder: string;
  readonly identityFile: string;
  /** Its ed25519 and ecdsa host keys, as lines of known_hosts. */
  readonly lines: { readonly ed25519: string; readonly ecdsa: string };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}

async function makeKey(type: string, file: string): Promise<void> {
  const made = spawn('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
  await once(made, 'close');
}

/** Starts one; `more` is added to its configuration. It is gone when the test is over. */
export async function realSshd(more: readonly string[] = []): Promise<RealSshd> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const user = keyPair();
  const identityFile = join(folder, 'id');
  await writeFile(identityFile, user.private, { mode: 0o600 });
  await writeFile(join(folder, 'authorized'), user.public, { mode: 0o600 });
  for (const type of ['ed25519', 'ecdsa']) await makeKey(type, join(folder, `host_${type}`));
  // Debian's sshd wants it for privilege separation; only root can make it.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host_ed25519`,
    `HostKey ${folder}/host_ecdsa`,
    `AuthorizedKeysFile ${folder}/authorized`,
    `PidFile ${folder}/pid`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    ...more,
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const server = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const listening = new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      log += chunk;
      if (log.includes('Server listening')) resolve();
    });
    server.once('close', () => reject(new Error(`sshd did not start: ${log}`)));
  });
  onTestFinished(async () => {
    if (server.exitCode !== null) return;
    server.kill();
    await once(server, 'close');
  });
  await listening;
  const lineOf = async (type: string): Promise<string> => {
    const { readFile } = await import('node:fs/promises');
    const [algorithm, key] = (await readFile(join(folder, `host_${type}.pub`), 'utf8')).split(' ');
    return `[127.0.0.1]:${port} ${algorithm} ${key}`;
  };
  return {
    port,
    user: userInfo().username,
    folder,
    identityFile,
    lines: { ed25519: await lineOf('ed25519'), ecdsa: await lineOf('ecdsa') },
  };
}
