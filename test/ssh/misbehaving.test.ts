import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sshTransport } from '../../src/ssh/transport.ts';
import { BOUNDS, LIMITS, setting } from './setting.ts';
import { clock, flyingClock, hostSpec, ranchOf, random, script } from './world.ts';

describe('hosts that misbehave', () => {
  test('nothing listens: refused', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    free.close();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { transport } = await setting({}, { options: { clock: flyingClock() } });
    const gone = hostSpec('gone', { port });
    await expect(transport.withShell(gone, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'connection-refused',
      place: 'gone',
    });
  });

  test('a name nobody knows', async () => {
    const { transport } = await setting();
    const nowhere = hostSpec('nowhere', { address: 'nowhere.invalid' });
    await expect(transport.withShell(nowhere, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'name-unknown',
    });
  });

  test('dropped before the greeting, as MaxStartups does: tried again', async () => {
    let drops = 2;
    const { transport, host, server } = await setting({
      onSocket: (socket) => {
        if (drops-- <= 0) return false;
        socket.destroy();
        return true;
      },
    });
    expect(await transport.withShell(host, async () => 'in', BOUNDS)).toBe('in');
    expect(server.connections()).toBe(3);
  });

  test('closed after our key, without a word: booting', async () => {
    const { transport, host, server } = await setting({ onAuthentication: (connection) => connection.end() });
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'host-booting',
    });
    expect(server.connections()).toBe(1);
  });

  test('not an SSH server', async () => {
    const { transport, host } = await setting(
      {
        onSocket: (socket) => {
          socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
          return true;
        },
      },
      { options: { clock: flyingClock() } },
    );
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'connection-lost',
    });
  });

  test('accepts and says nothing: the deadline ends it', async () => {
    const { transport, host, server } = await setting({ onSocket: () => true });
    await expect(transport.withShell(host, async () => 1, { deadlineMs: 200 })).rejects.toMatchObject({
      code: 'deadline',
    });
    await expect.poll(() => server.open()).toBe(0);
  });

  test('accepts and says nothing: a login is bounded on its own, however long the work may take', async () => {
    const { host, folder } = await setting({ onSocket: () => true });
    const config = join(folder, 'ssh_config');
    await writeFile(config, 'Host *\n  ConnectTimeout 3\n  IdentityAgent none\n');
    const patient = sshTransport({
      ranch: ranchOf(host),
      knownHosts: [],
      clock,
      random,
      sshConfigFile: config,
      agent: 'none',
    });
    const login = patient.withShell(host, async () => 1, { deadlineMs: 900_000 });
    await expect(login).rejects.toMatchObject({
      code: 'deadline',
      message: expect.stringMatching(/^logging in/),
    });
    await patient.close();
  });

  test('a greeting that never ends', async () => {
    const { transport, host } = await setting({
      onSocket: (socket) => {
        const pour = (): void => {
          while (!socket.destroyed && socket.write('x'.repeat(99)));
        };
        socket.on('drain', pour);
        pour();
        return true;
      },
    });
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: expect.stringMatching(/answer-too-large|host-unsupported|connection-lost/),
    });
  });

  test('closes in the middle of a script: lost, and said that nobody knows', async () => {
    const { transport, host } = await setting({
      onExec: (_command, _channel, connection) => connection.end(),
    });
    const cut = transport.withShell(host, (shell) => shell.run(script('true'), LIMITS), BOUNDS);
    await expect(cut).rejects.toMatchObject({ code: 'connection-lost' });
  });

  test('a script that is killed half way is not taken for done', async () => {
    const { transport, host } = await setting();
    const killed = transport.withShell(
      host,
      (shell) => shell.run(script('echo half; kill -9 $$'), LIMITS),
      BOUNDS,
    );
    await expect(killed).rejects.toMatchObject({ code: 'connection-lost' });
  });

  test('a login shell that is no shell', async () => {
    const { transport, host } = await setting({
      onExec: (_command, channel) => {
        channel.write("'exec' is not recognized as an internal or external command\r\n");
        channel.exit(1);
        channel.end();
      },
    });
    const windows = transport.withShell(host, (shell) => shell.run(script('true'), LIMITS), BOUNDS);
    await expect(windows).rejects.toMatchObject({
      code: 'host-unsupported',
      message: expect.stringContaining('not recognized'),
    });
  });

  test('nologin of an sshd without PAM: booting', async () => {
    const { transport, host } = await setting({
      onExec: (_command, channel) => {
        channel.stderr.write('System is booting up.\n');
        channel.exit(254);
        channel.end();
      },
    });
    const early = transport.withShell(host, (shell) => shell.run(script('true'), LIMITS), BOUNDS);
    await expect(early).rejects.toMatchObject({ code: 'host-booting' });
  });
});

describe('floods', () => {
  test('a login shell that never stops greeting', async () => {
    const { transport, host } = await setting({
      onExec: (_command, channel) => {
        const pour = (): void => {
          while (channel.writable && channel.write('Welcome! '.repeat(1000)));
        };
        channel.on('drain', pour);
        pour();
      },
    });
    const greeted = transport.withShell(host, (shell) => shell.run(script('true'), LIMITS), BOUNDS);
    await expect(greeted).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  test('a host that sends past the window into a tunnel nobody reads', async () => {
    const { transport, host } = await setting({
      onTunnel: (channel) => {
        // What no honest server does: the client's window is taken for endless. The odd size passes by zero, the one
        // value at which ssh2 drops data.
        Reflect.set(Object(Reflect.get(channel, 'outgoing')), 'window', Number.MAX_SAFE_INTEGER);
        for (let turn = 0; turn < 40; turn++) channel.write(Buffer.alloc(1_000_001));
      },
    });
    const flooded = transport.withShell(
      host,
      async (shell) => {
        const stream = await shell.openTcp('127.0.0.1', 1, { ...LIMITS, maxBytes: 1e9 });
        const [error] = await once(stream, 'error');
        throw error;
      },
      BOUNDS,
    );
    await expect(flooded).rejects.toMatchObject({
      code: 'answer-too-large',
      message: expect.stringContaining('unasked'),
    });
  });
});
