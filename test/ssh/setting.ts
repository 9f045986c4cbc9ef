import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostSpec } from '../../src/domain/ranch.ts';
import type { SshOptions } from '../../src/ssh/options.ts';
import { type SshTransport, sshTransport } from '../../src/ssh/transport.ts';
import { type Behaviour, startServer, type TestServer, USER_KEY } from './server.ts';
import { clock, hostSpec, ranchOf, random, temporaryFolder } from './world.ts';

/** A server, an inventory that names it, and a transport that knows its key. */
export interface Setting {
  readonly server: TestServer;
  readonly host: HostSpec;
  readonly transport: SshTransport;
  readonly folder: string;
}

/** Time enough for anything on the busiest machine, and little enough to fail within a test. */
export const BOUNDS = { deadlineMs: 120_000 } as const;
export const LIMITS = { deadlineMs: 120_000, maxBytes: 100_000 } as const;

/** Starts a server that behaves so, and a transport to reach it with the default user's key. */
export async function setting(
  behaviour: Behaviour = {},
  more: {
    readonly options?: Partial<SshOptions>;
    readonly host?: Partial<HostSpec>;
    readonly known?: string;
  } = {},
): Promise<Setting> {
  const server = await startServer(behaviour);
  const folder = await temporaryFolder();
  const identityFile = join(folder, 'id');
  const known = join(folder, 'known_hosts');
  await writeFile(identityFile, USER_KEY.private, { mode: 0o600 });
  await writeFile(known, `${more.known ?? server.line}\n`);
  const host = hostSpec('h1', { port: server.port, identityFile, ...more.host });
  const transport = sshTransport({
    ranch: ranchOf(host),
    knownHosts: [known],
    clock,
    random,
    sshConfigFile: 'none',
    agent: 'none',
    ...more.options,
  });
  onTestFinished(() => transport.close());
  return { server, host, transport, folder };
}
