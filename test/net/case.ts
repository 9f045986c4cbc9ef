import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { HttpReply } from '../../src/domain/http.ts';
import type { Shell } from '../../src/domain/ports.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { httpOver } from '../../src/host/http.ts';
import { sshTransport } from '../../src/ssh/transport.ts';
import { startServer, type TestServer, USER_KEY } from '../ssh/server.ts';
import { clock, hostSpec, ranchOf, random, script, temporaryFolder } from '../ssh/world.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** What is tried over a connection; `jump`: the way to a jump host is faulty, `behind`: the way from it to the host. */
export type Operation = 'connect' | 'run' | 'upload' | 'http' | 'jump' | 'behind';

/** The deadline of each operation, its connection included. */
export const DEADLINE_MS = 1_000;
const MAX_BYTES = 600_000;
/** So much is sent up; a fault at half of it is in the middle. */
export const UPLOAD_BYTES = 400_000;
const ANSWER = 'x'.repeat(100_000);

/** How an operation ended. */
export interface Ended {
  readonly operation: Operation;
  readonly plan: FaultPlan;
  /** `done`, or the code of the error. */
  readonly outcome: string;
  readonly tookMs: number;
  readonly injected: number;
}

/** A web server for the other end of a tunnel, shared by all. */
export async function startWeb(): Promise<number> {
  const web = createServer((_request, response) => response.end(ANSWER)).listen(0, '127.0.0.1');
  await new Promise((resolve) => web.once('listening', resolve));
  onTestFinished(() => {
    web.closeAllConnections();
    web.close();
  });
  const address = web.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function carryOut(
  operation: Operation,
  shell: Shell,
  webPort: number,
  deadlineMs: number,
): Promise<void> {
  const limits = { deadlineMs, maxBytes: MAX_BYTES };
  if (operation === 'connect') return;
  if (operation === 'http') {
    const request = { method: 'GET', path: '/', headers: {} } as const;
    const reply: HttpReply = await httpOver(shell, clock, webPort, request, limits);
    if (Buffer.from(reply.body).toString() !== ANSWER) throw new Error('another answer than was given');
    return;
  }
  const upload = operation === 'upload';
  const piece = Buffer.alloc(UPLOAD_BYTES / 8, 'u');
  const input = upload ? { stdin: () => Readable.from(Array.from({ length: 8 }, () => piece)) } : {};
  const text = upload ? 'wc -c' : 'echo first; read -r end; echo second';
  const { stdout, exitCode } = await shell.run(script(text, input), limits);
  const wanted = upload ? `${UPLOAD_BYTES}\n` : 'first\nsecond\n';
  if (exitCode !== 0 || stdout.toString().trimStart() !== wanted)
    throw new Error(`it gave ${exitCode} ${stdout}`);
}

function lineOf(server: TestServer, proxy: FaultProxy): string {
  return server.line.replace(String(server.port), String(proxy.port));
}

/** The host that is meant, and those on the way to it. */
async function hostsFor(operation: Operation, plan: FaultPlan, identityFile: string) {
  const proxies: FaultProxy[] = [];
  const reach = (step: Parameters<FaultProxy['reach']>[0]): void => proxies[0]?.reach(step);
  const faulty = await startServer({ onStep: reach });
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: faulty.port }, plan);
  proxies.push(proxy);
  onTestFinished(() => proxy.close());
  const line = lineOf(faulty, proxy);
  if (operation !== 'jump' && operation !== 'behind') {
    const host = hostSpec('host', { port: proxy.port, identityFile });
    return { hosts: [host], proxy, lines: [line], servers: [faulty] };
  }
  const other = await startServer({ onStep: reach });
  const [near, far] = operation === 'jump' ? [proxy.port, other.port] : [other.port, proxy.port];
  const hosts = [
    hostSpec('far', { port: far, identityFile, jump: ['near'] }),
    hostSpec('near', { port: near, identityFile }),
  ];
  return { hosts, proxy, lines: [line, other.line], servers: [faulty, other] };
}

function outcomeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : String(error);
}

/** Carries out one operation while a fault is put in, and tells how it ended. Leaves no connection open. */
export async function underFault(
  operation: Operation,
  plan: FaultPlan,
  webPort: number,
  deadlineMs = DEADLINE_MS,
): Promise<Ended> {
  const folder = await temporaryFolder();
  const identityFile = join(folder, 'id');
  const { hosts, proxy, lines, servers } = await hostsFor(operation, plan, identityFile);
  const [host]: readonly (HostSpec | undefined)[] = hosts;
  if (host === undefined) throw new Error('no host');
  await writeFile(identityFile, USER_KEY.private);
  await writeFile(join(folder, 'known_hosts'), `${lines.join('\n')}\n`);
  const transport = sshTransport({
    ranch: ranchOf(...hosts),
    knownHosts: [join(folder, 'known_hosts')],
    clock,
    random,
    sshConfigFile: 'none',
    agent: 'none',
  });
  const began = clock.monotonic();
  const outcome = await transport
    .withShell(host, (shell) => carryOut(operation, shell, webPort, deadlineMs), { deadlineMs })
    .then(() => 'done', outcomeOf);
  const tookMs = clock.monotonic() - began;
  await transport.close();
  await proxy.close();
  await Promise.all(servers.map((server) => server.quiet()));
  return { operation, plan, outcome, tookMs, injected: proxy.injected() };
}
