import { expect, test } from 'vitest';
import { createGate } from '../../src/ssh/gate.ts';
import { setting } from './setting.ts';
import { script } from './world.ts';

test('a host that takes the connection and says nothing holds its place no longer than the others can wait', async () => {
  let first = true;
  const { transport, host, server } = await setting(
    {
      onSocket: () => {
        const silent = first;
        first = false;
        return silent;
      },
    },
    { options: { maxHandshakes: 1 } },
  );
  let over = false;
  const silent = transport
    .withShell(host, async () => 1, { deadlineMs: 250_000 })
    .finally(() => {
      over = true;
    });
  silent.catch(() => undefined);
  await expect.poll(() => server.connections()).toBe(1);
  const { stdout } = await transport.withShell(
    host,
    (shell) => shell.run(script('echo in'), { deadlineMs: 200_000, maxBytes: 100 }),
    { deadlineMs: 200_000 },
  );
  expect(stdout.toString()).toBe('in\n');
  expect(over).toBe(false);
  await transport.close();
});

test('handshakes that go on are let in only so many at once, and a failure frees its place', async () => {
  const gate = createGate(2);
  let running = 0;
  let most = 0;
  const pass = (fails: boolean): Promise<string> =>
    gate.pass({
      queued: () => undefined,
      dial: async () => 'stream',
      shake: async (stream) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (fails) throw new Error('no');
        return stream;
      },
    });
  const ended = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => pass(index % 3 === 0)));
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
  expect(most).toBe(2);
});
