// A controller in a process of its own: visits a host that may mean harm, and all the while one that does not. Prints
// what came of it and how much memory it took at its most, as JSON.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Clock, Random, Shell } from '../../src/domain/ports.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { httpOver } from '../../src/host/http.ts';
import { sshTransport } from '../../src/ssh/transport.ts';
import type { Orders, Report } from './orders.ts';
import { ownTime } from './own-time.ts';

const time = ownTime();
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
const random: Random = {
  next: () => Math.random(),
  hex: (digits) => randomBytes(digits).toString('hex').slice(0, digits),
};

/** What a look at a host may take. */
const MAX_BYTES = 1024 * 1024;
const UPLOAD_PIECES = 3_000;

const orders: Orders = JSON.parse(process.argv[2] ?? '');
const limits = { deadlineMs: orders.deadlineMs, maxBytes: orders.maxBytes ?? MAX_BYTES };
/** For the honest host: how long it takes is what is asked. */
const PATIENT = { deadlineMs: 250_000, maxBytes: MAX_BYTES };
const bounds = { deadlineMs: orders.deadlineMs };

function* pieces(): Generator<Buffer> {
  for (let turn = 0; turn < UPLOAD_PIECES; turn++) yield Buffer.alloc(64 * 1024, 'u');
}

async function visit(shell: Shell): Promise<void> {
  const script = { name: 'visit', args: [], become: false } as const;
  switch (orders.visit) {
    case 'connect':
      return;
    case 'run':
      await shell.run({ ...script, text: 'echo done' }, limits);
      return;
    case 'upload':
      await shell.run({ ...script, text: 'wc -c', stdin: () => Readable.from(pieces()) }, limits);
      return;
    case 'http': {
      const request = { method: 'GET', path: '/api/v2/toc?p=a', headers: {} } as const;
      await httpOver(shell, clock, orders.sqPort ?? 1, request, limits);
      return;
    }
    case 'tunnel': {
      const stream = await shell.openTcp('127.0.0.1', 1, { ...limits, maxBytes: 1e9 });
      const [error] = await once(stream, 'error');
      throw error;
    }
  }
}

const hosts = [orders.hostile, orders.honest].map(
  ({ name, port }): HostSpec => ({
    name,
    port,
    address: '127.0.0.1',
    user: 'tester',
    identityFile: orders.identityFile,
    jump: [],
    tags: [],
    zone: 'lan',
    expect: 'present',
    after: [],
    instances: [],
  }),
);
const transport = sshTransport({
  ranch: { name: 'test', hosts, zones: [], file: 'inventory.yaml' },
  knownHosts: [orders.knownHosts],
  clock,
  random,
  sshConfigFile: 'none',
  agent: 'none',
});

async function timed(
  work: () => Promise<unknown>,
): Promise<{ readonly outcome: string; readonly tookMs: number }> {
  const began = time.now();
  const outcome = await work().then(
    () => 'done',
    (error: unknown) => String(Reflect.get(Object(error), 'code') ?? error),
  );
  return { outcome, tookMs: Math.round(time.now() - began) };
}

const [hostile, honest] = hosts;
if (hostile === undefined || honest === undefined) throw new Error('two hosts are wanted');
const script = { name: 'honest', args: [], become: false, text: 'echo fine' } as const;
const visiting = timed(() => transport.withShell(hostile, visit, bounds));
const others: { readonly outcome: string; readonly tookMs: number }[] = [];
let over = false;
void visiting.finally(() => {
  over = true;
});
// At least one, begun while the hostile one is at work; then as long as that lasts.
do {
  others.push(await timed(() => transport.withShell(honest, (shell) => shell.run(script, PATIENT), PATIENT)));
} while (!over);
const visited = await visiting;
await transport.close();
const report: Report = { ...visited, others, peakBytes: process.resourceUsage().maxRSS * 1024 };
process.stdout.write(JSON.stringify(report), () => process.exit());
