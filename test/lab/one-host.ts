import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { newKeyPair } from '../../src/lab/keys.ts';
import { FreePorts } from '../../src/lab/ports.ts';
import { SshHost, type SshHostOptions } from '../../src/lab/ssh-host.ts';
import { seededRandom } from './seeded-random.ts';

/** A lab host alone, with a client key and a folder of its own. */
export interface OneHost {
  readonly host: SshHost;
  readonly folder: string;
  readonly clientKey: string;
  connect(): Promise<Client>;
  close(): Promise<void>;
}

/** Starts one SSH host on loopback. */
export async function oneHost(changes: Partial<SshHostOptions> = {}): Promise<OneHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-lab-'));
  const client = newKeyPair();
  const ports = new FreePorts(seededRandom(1));
  const host = new SshHost({
    address: '127.77.0.1',
    port: await ports.take(),
    user: 'somebody',
    hostKey: newKeyPair(),
    clientKey: client.public,
    world: { cwd: folder, env: { HOME: folder, PATH: '/usr/bin:/bin', RANCH_SCOPE: `${folder}/one` } },
    forwarding: true,
    ...changes,
  });
  await host.listen();
  return {
    host,
    folder,
    clientKey: client.private,
    connect: () => connectTo(host, client.private),
    close: async () => {
      await host.close();
      await ports.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An ssh2 connection; rejects with ssh2's error, or with `closed` where the server only hung up. */
export function connectTo(
  host: { address: string; port: number },
  key: string,
  user = 'somebody',
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once('ready', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.connect({ host: host.address, port: host.port, username: user, privateKey: key });
  });
}

/** What a command gave. */
export interface Ran {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | undefined;
}

/** Runs a command, with a payload on its standard input. */
export function run(client: Client, command: string, stdin: Buffer | string = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let ended: { code: number | null; signal: string | undefined } = { code: null, signal: undefined };
      channel.on('data', (chunk: Buffer) => stdout.push(chunk));
      channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      channel.on('exit', (code: number | null, signal?: string) => {
        ended = { code, signal };
      });
      channel.on('close', () =>
        resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString(), ...ended }),
      );
      channel.end(stdin);
    });
  });
}
