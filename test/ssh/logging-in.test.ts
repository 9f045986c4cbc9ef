import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { sshTransport } from '../../src/ssh/transport.ts';
import { HOST_KEY, keyPair, startServer, USER_KEY } from './server.ts';
import { BOUNDS, LIMITS, setting } from './setting.ts';
import { clock, hostSpec, ranchOf, random, script, temporaryFolder } from './world.ts';

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
