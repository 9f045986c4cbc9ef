import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { sshTransport } from '../../src/ssh/transport.ts';
import { HOST_KEY, keyPair, startServer, USER_KEY } from './server.ts';
import { BOUNDS, LIMITS, setting } from './setting.ts';
import { clock, flyingClock, hostSpec, ranchOf, random, script, temporaryFolder } from './world.ts';

describe('running scripts', () => {
  test('gives exact output, errors and exit code, with arguments and input', async () => {
    const { transport, host } = await setting();
    const binary = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 256));
    const result = await transport.withShell(
      host,
      (shell) =>
        shell.run(
          script('printf "%s|" "$0" "$@"; cat; echo oops >&2; exit 7', {
            args: ["it's", 'a\\b', 'two\nlines', ''],
            stdin: () => Readable.from([binary.subarray(0, 70_000), binary.subarray(70_000)]),
          }),
          { ...LIMITS, maxBytes: 300_000 },
        ),
      BOUNDS,
    );
    const head = "ranch|it's|a\\b|two\nlines||";
    expect(result.exitCode).toBe(7);
    expect(result.stderr).toBe('oops\n');
    expect(result.stdout.subarray(0, head.length).toString()).toBe(head);
    expect(result.stdout.subarray(head.length).equals(binary)).toBe(true);
  });

  test('a script without input reads its end at once', async () => {
    const { transport, host } = await setting();
    const result = await transport.withShell(
      host,
      (shell) => shell.run(script('cat; echo end'), LIMITS),
      BOUNDS,
    );
    expect(result.stdout.toString()).toBe('end\n');
  });

  test('leaves no connection behind, whatever happens', async () => {
    const { transport, host, server } = await setting();
    await expect(
      transport.withShell(
        host,
        async () => {
          throw new Error('the caller’s own');
        },
        BOUNDS,
      ),
    ).rejects.toThrow('the caller’s own');
    await expect.poll(() => server.open()).toBe(0);
  });

  test('a script that never ends is stopped by its deadline, and the shell goes on', async () => {
    const { transport, host } = await setting();
    const second = await transport.withShell(
      host,
      async (shell) => {
        await expect(shell.run(script('sleep 600'), { ...LIMITS, deadlineMs: 200 })).rejects.toMatchObject({
          code: 'deadline',
          place: 'h1',
        });
        return shell.run(script('echo still here'), LIMITS);
      },
      BOUNDS,
    );
    expect(second.stdout.toString()).toBe('still here\n');
  });

  test('an abort reaches a script that runs', async () => {
    const stop = new AbortController();
    const { transport, host } = await setting({
      onStep: (step) => {
        if (step === 'first-output') stop.abort();
      },
    });
    const running = transport.withShell(host, (shell) => shell.run(script('sleep 600'), LIMITS), {
      ...BOUNDS,
      signal: stop.signal,
    });
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('much at once under one signal, over one connection: nothing warns of a leak', async () => {
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', warned);
    const { transport, host } = await setting();
    const { signal } = new AbortController();
    const twelve = Array.from({ length: 12 }, (_, index) => String(index));
    const run = (): Promise<readonly string[]> =>
      transport.withShell(
        host,
        (shell) =>
          Promise.all(
            twelve.map(async (one) => {
              const { stdout } = await shell.run(script('printf %s "$1"', { args: [one] }), LIMITS, signal);
              return stdout.toString();
            }),
          ),
        { ...BOUNDS, signal },
      );
    expect(await Promise.all([run(), run()])).toEqual([twelve, twelve]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  test('an answer that never ends is cut at its bound', async () => {
    const { transport, host } = await setting();
    const flooded = transport.withShell(host, (shell) => shell.run(script('yes'), LIMITS), BOUNDS);
    await expect(flooded).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  test('standard error that never ends is cut as well', async () => {
    const { transport, host } = await setting();
    const flooded = transport.withShell(host, (shell) => shell.run(script('yes >&2'), LIMITS), BOUNDS);
    await expect(flooded).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  test('the deadline of the whole ends what runs within', async () => {
    const { transport, host } = await setting();
    const late = transport.withShell(host, (shell) => shell.run(script('sleep 600'), LIMITS), {
      deadlineMs: 300,
    });
    await expect(late).rejects.toMatchObject({ code: 'deadline' });
  });

  test('input that breaks off fails the run', async () => {
    const { transport, host } = await setting();
    const broken = (): Readable =>
      new Readable({
        read() {
          this.destroy(new Error('disk gone'));
        },
      });
    const running = transport.withShell(
      host,
      (shell) => shell.run(script('cat', { stdin: broken }), LIMITS),
      BOUNDS,
    );
    await expect(running).rejects.toThrow('disk gone');
  });
});

describe('host keys', () => {
  test('an unknown key is refused with its fingerprint, and what to run', async () => {
    const { transport, host } = await setting({}, { known: '' });
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringMatching(/ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}/),
      remedy: expect.stringContaining('ranch trust h1'),
    });
  });

  test('a changed key names the line that disagrees', async () => {
    const server = await setting({}, { known: '' });
    const other = keyPair().public.split(' ').slice(0, 2).join(' ');
    const known = join(server.folder, 'known_hosts');
    await writeFile(known, `# first\n[127.0.0.1]:${server.server.port} ${other}\n`);
    await expect(server.transport.withShell(server.host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'host-key-changed',
      message: expect.stringContaining(`${known}:2`),
    });
  });

  test('a revoked key is refused although another line knows it', async () => {
    const { transport, host, server, folder } = await setting();
    const key = HOST_KEY.public.split(' ').slice(0, 2).join(' ');
    await writeFile(join(folder, 'known_hosts'), `${server.line}\n@revoked * ${key}\n`);
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'host-key-revoked',
    });
  });

  test('a scan shows the key without logging in, and what it shows is then trusted', async () => {
    const { transport, host, folder } = await setting(
      {},
      { known: '', host: { identityFile: '/nonexistent' } },
    );
    const key = await transport.scanHostKey(host, BOUNDS);
    expect(key).toMatchObject({ algorithm: 'ssh-ed25519', fingerprint: expect.stringMatching(/^SHA256:/) });
    await writeFile(join(folder, 'known_hosts'), key.line);
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'authentication-failed',
    });
  });
});

describe('logging in', () => {
  test('without a key that fits: what was tried stands in the error', async () => {
    const { transport, host } = await setting({ authorized: [] });
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('/id'),
    });
  });

  test('an encrypted key is asked for once, for all hosts', async () => {
    const locked = keyPair('sesame');
    const asked: string[] = [];
    const { transport, host, folder } = await setting(
      { authorized: [locked.public] },
      {
        options: {
          askPassphrase: async (prompt) => {
            asked.push(prompt);
            return new Secret(asked.length === 1 ? 'wrong' : 'sesame');
          },
        },
      },
    );
    await writeFile(join(folder, 'id'), locked.private);
    const run = (): Promise<number> => transport.withShell(host, async () => 1, BOUNDS);
    expect(await Promise.all([run(), run(), run()])).toEqual([1, 1, 1]);
    expect(asked).toHaveLength(2);
  });

  test('an encrypted key that nobody can unlock is named', async () => {
    const locked = keyPair('sesame');
    const { transport, host, folder } = await setting({ authorized: [locked.public] });
    await writeFile(join(folder, 'id'), locked.private);
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('locked'),
    });
  });

  test('a password is asked only where somebody can be asked', async () => {
    const options = { askPassword: async () => new Secret('pw') };
    const open = await setting({ authorized: [], password: 'pw' }, { options });
    expect(await open.transport.withShell(open.host, async () => 'in', BOUNDS)).toBe('in');
    const shut = await setting({ authorized: [], password: 'pw' });
    await expect(shut.transport.withShell(shut.host, async () => 'in', BOUNDS)).rejects.toMatchObject({
      code: 'authentication-failed',
    });
  });
});

test('what a host asks for is shown to a person as one line that no terminal acts on', async () => {
  const asked: string[] = [];
  const { transport, host } = await setting(
    {
      onAuthentication: (_connection, context) => {
        if (context.method !== 'keyboard-interactive') context.reject(['keyboard-interactive']);
        else
          context.prompt([{ prompt: 'Code\u001b[2J\u009b31m\u202e\n', echo: false }], () => context.accept());
      },
    },
    {
      options: {
        askPassword: async (prompt) => {
          asked.push(prompt);
          return new Secret('1');
        },
      },
    },
  );
  expect(await transport.withShell(host, async () => 'in', BOUNDS)).toBe('in');
  expect(asked).toEqual(['tester@h1: "Code\\x1b[2J\\x9b31m\\u202e" ']);
});

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

describe('tunnels', () => {
  test('open a port as seen from the host, and tell refused from forbidden', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { transport, host } = await setting();
    const back = await transport.withShell(
      host,
      async (shell) => {
        const stream = await shell.openTcp('127.0.0.1', port, LIMITS);
        stream.end('hello');
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part);
        echo.close();
        await once(echo, 'close');
        await expect(shell.openTcp('127.0.0.1', port, LIMITS)).rejects.toMatchObject({
          code: 'connection-refused',
        });
        return Buffer.concat(parts).toString();
      },
      BOUNDS,
    );
    expect(back).toBe('hello');
  });

  test('what comes through is bounded', async () => {
    const flood = createServer((socket) => {
      socket.on('error', () => undefined);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', pour);
      pour();
    }).listen(0, '127.0.0.1');
    await once(flood, 'listening');
    const address = flood.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { transport, host } = await setting();
    await transport.withShell(
      host,
      async (shell) => {
        const stream = await shell.openTcp('127.0.0.1', port, LIMITS);
        stream.resume();
        const [error] = await once(stream, 'error');
        expect(error).toMatchObject({ code: 'answer-too-large' });
      },
      BOUNDS,
    );
    flood.close();
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

describe('jump hosts', () => {
  test('two deep, by inventory name and by address; every key on the way is checked; one connection for many', async () => {
    const outer = await startServer();
    const inner = await startServer();
    const target = await startServer();
    const folder = await temporaryFolder();
    const identityFile = join(folder, 'id');
    await writeFile(identityFile, USER_KEY.private);
    const known = join(folder, 'known_hosts');
    await writeFile(known, [outer.line, target.line].join('\n'));
    const far = hostSpec('far', { port: target.port, identityFile, jump: ['near', `inner`] });
    const hosts = [
      far,
      hostSpec('near', { port: outer.port, identityFile }),
      hostSpec('inner', { port: inner.port, identityFile }),
    ];
    const transport = sshTransport({
      ranch: ranchOf(...hosts),
      knownHosts: [known],
      clock,
      random,
      sshConfigFile: 'none',
      agent: 'none',
    });
    await expect(transport.withShell(far, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'host-key-unknown',
      place: 'inner',
    });
    await writeFile(known, [outer.line, inner.line, target.line].join('\n'));
    const before = outer.connections();
    const run = (): Promise<string> =>
      transport.withShell(
        far,
        async (shell) => (await shell.run(script('echo there'), LIMITS)).stdout.toString(),
        BOUNDS,
      );
    expect(await Promise.all([run(), run(), run()])).toEqual(['there\n', 'there\n', 'there\n']);
    expect(outer.connections() - before).toBeLessThanOrEqual(1);
    expect(target.connections()).toBe(3);
    await transport.close();
    await expect.poll(() => outer.open() + inner.open() + target.open()).toBe(0);
  });
});
