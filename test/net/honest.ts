// An honest SSH host in a process of its own, so that no hostile one shares a processor's turn with it. Takes its keys
// as JSON, prints its port, and ends when its standard input does.
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { KeyPair } from '../../src/lab/keys.ts';
import { FreePorts } from '../../src/lab/ports.ts';
import { SshHost } from '../../src/lab/ssh-host.ts';

const { hostKey, clientKey }: { hostKey: KeyPair; clientKey: string } = JSON.parse(process.argv[2] ?? '');
const ports = new FreePorts({
  next: () => Math.random(),
  hex: (digits) => randomBytes(digits).toString('hex').slice(0, digits),
});
const host = new SshHost({
  address: '127.0.0.1',
  port: await ports.take(),
  user: 'tester',
  hostKey,
  clientKey,
  world: { cwd: tmpdir(), env: { PATH: '/usr/bin:/bin', RANCH_SCOPE: 'honest' } },
  forwarding: false,
});
await host.listen();
process.stdout.write(`${host.port}\n`);
process.stdin.resume();
process.stdin.once('end', () => process.exit());
