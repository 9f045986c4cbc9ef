import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Shell } from '../../src/domain/ports.ts';
import { BOUNDS, LIMITS, setting } from './setting.ts';
import { script } from './world.ts';

const hello = (shell: Shell) => shell.run(script('echo hello'), LIMITS);

test('a connection that was kept serves a visit that may have it, and no other', async () => {
  const { transport, host, server } = await setting();
  await transport.withShell(host, hello, { ...BOUNDS, keep: true });
  expect(server.open()).toBe(1);
  await transport.withShell(host, hello, BOUNDS);
  expect(server.connections()).toBe(2);
  const again = await transport.withShell(host, hello, { ...BOUNDS, reuse: true });
  expect(again.stdout.toString()).toBe('hello\n');
  expect(server.connections()).toBe(2);
  await expect.poll(() => server.open()).toBe(0);
  await transport.withShell(host, hello, { ...BOUNDS, reuse: true });
  expect(server.connections()).toBe(3);
});

test('what a visit ends for is not kept: a failure, a deadline, an end of the transport', async () => {
  const { transport, host, server } = await setting();
  const keep = { ...BOUNDS, keep: true };
  const failed = transport.withShell(host, () => Promise.reject(new Error('the caller’s own')), keep);
  await expect(failed).rejects.toThrow('the caller’s own');
  await expect.poll(() => server.open()).toBe(0);
  const late = transport.withShell(host, () => new Promise(() => undefined), { ...keep, deadlineMs: 300 });
  await expect(late).rejects.toMatchObject({ code: 'deadline' });
  await expect.poll(() => server.open()).toBe(0);
  await transport.withShell(host, hello, keep);
  await transport.close();
  await expect.poll(() => server.open()).toBe(0);
});

test('a stop of an earlier visit does not reach the one that has its connection', async () => {
  const { transport, host, server } = await setting();
  const stop = new AbortController();
  await transport.withShell(host, hello, { ...BOUNDS, keep: true, signal: stop.signal });
  stop.abort(new Error('stopped'));
  const again = await transport.withShell(host, hello, { ...BOUNDS, reuse: true });
  expect(again.stdout.toString()).toBe('hello\n');
  expect(server.connections()).toBe(1);
});

test('a kept connection that ended meanwhile, or that leads to another user, is not used', async () => {
  const sockets: Socket[] = [];
  const { transport, host, server } = await setting({ onSocket: (socket) => sockets.push(socket) < 0 });
  await transport.withShell(host, hello, { ...BOUNDS, keep: true });
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => server.open()).toBe(0);
  await transport.withShell(host, hello, { ...BOUNDS, reuse: true, keep: true });
  expect(server.connections()).toBe(2);
  await transport.withShell({ ...host, user: 'somebody' }, hello, { ...BOUNDS, reuse: true });
  expect(server.connections()).toBe(3);
});
