import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HostSpec } from '../../src/domain/ranch.ts';
import type { SshOptions } from '../../src/ssh/options.ts';
import { type SshTransport, sshTransport } from '../../src/ssh/transport.ts';
import { BOUNDS, LIMITS } from './setting.ts';
import { NO_SSHD, type RealSshd, realSshd } from './sshd.ts';
import { clock, hostSpec, ranchOf, random, script } from './world.ts';

/** A transport that knows the given lines, and a host that is the real sshd. */
async function reach(
  sshd: RealSshd,
  lines: readonly string[],
  more: { readonly options?: Partial<SshOptions>; readonly host?: Partial<HostSpec> } = {},
): Promise<{ readonly transport: SshTransport; readonly host: HostSpec }> {
  const known = join(sshd.folder, 'known_hosts');
  await writeFile(known, lines.join('\n'));
  const { port, user, identityFile } = sshd;
  const host = hostSpec('real', { port, user, identityFile, ...more.host });
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
  return { transport, host };
}

/** An ssh-agent that holds the key of this sshd. */
async function agentWith(sshd: RealSshd): Promise<string> {
  const socket = join(sshd.folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void agent.kill());
  await once(agent.stdout, 'data');
  const add = spawn('ssh-add', ['-q', sshd.identityFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  await once(add, 'close');
  return socket;
}

describe.skipIf(NO_SSHD)('with a real sshd', () => {
  test('runs a script, exactly', async () => {
    const sshd = await realSshd();
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    const payload = Buffer.alloc(3_000_000, 'payload\n\0');
    const result = await transport.withShell(
      host,
      (shell) =>
        shell.run(
          script('echo "$1"; cat; echo late >&2; exit 4', {
            args: ["it's"],
            stdin: () => Readable.from([payload]),
          }),
          {
            ...LIMITS,
            maxBytes: 4_000_000,
          },
        ),
      BOUNDS,
    );
    expect(result).toMatchObject({ exitCode: 4, stderr: 'late\n' });
    expect(result.stdout.subarray(0, 5).toString()).toBe("it's\n");
    expect(result.stdout.subarray(5).equals(payload)).toBe(true);
  });

  test('asks for the kind of key that known_hosts has', async () => {
    const sshd = await realSshd();
    const { transport, host } = await reach(sshd, [sshd.lines.ecdsa]);
    expect(await transport.withShell(host, async () => 'in', BOUNDS)).toBe('in');
    expect(await transport.scanHostKey(host, BOUNDS)).toMatchObject({ line: sshd.lines.ecdsa });
  });

  test('finds a name that ssh-keygen has hashed', async () => {
    const sshd = await realSshd();
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    await once(
      spawn('ssh-keygen', ['-q', '-H', '-f', join(sshd.folder, 'known_hosts')], { stdio: 'ignore' }),
      'close',
    );
    expect(await transport.withShell(host, async () => 'in', BOUNDS)).toBe('in');
  });

  test('in a long file of hashed names, finds the kind of key that is known', async () => {
    const sshd = await realSshd();
    const others = Array.from({ length: 600 }, (_, index) =>
      sshd.lines.ecdsa.replace(/^\S+/, `other${index}`),
    );
    const { transport, host } = await reach(sshd, [...others, sshd.lines.ecdsa, '']);
    await once(
      spawn('ssh-keygen', ['-q', '-H', '-f', join(sshd.folder, 'known_hosts')], { stdio: 'ignore' }),
      'close',
    );
    expect(await transport.withShell(host, async () => 'in', BOUNDS)).toBe('in');
  });

  test('logs in with a key of the agent', async () => {
    const sshd = await realSshd();
    const agent = await agentWith(sshd);
    const { identityFile: _, ...noKey } = hostSpec('real', { port: sshd.port, user: sshd.user });
    const { transport } = await reach(sshd, [sshd.lines.ed25519], { options: { agent } });
    expect(await transport.withShell(noKey, async () => 'in', BOUNDS)).toBe('in');
  });

  test('says forbidden where forwarding is forbidden', async () => {
    const sshd = await realSshd(['AllowTcpForwarding no']);
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    const opened = transport.withShell(
      host,
      (shell) => shell.openTcp('127.0.0.1', sshd.port, LIMITS),
      BOUNDS,
    );
    await expect(opened).rejects.toMatchObject({ code: 'forwarding-forbidden' });
  });

  test('opens a port as seen from the host', async () => {
    const sshd = await realSshd();
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    const greeting = await transport.withShell(
      host,
      async (shell) => {
        const stream = await shell.openTcp('127.0.0.1', sshd.port, LIMITS);
        const [chunk] = await once(stream, 'data');
        stream.destroy();
        await expect(shell.openTcp('127.0.0.1', 1, LIMITS)).rejects.toMatchObject({
          code: 'connection-refused',
        });
        return String(chunk);
      },
      BOUNDS,
    );
    expect(greeting).toMatch(/^SSH-2\.0-OpenSSH/);
  });

  test('much both ways, in pieces of any size, through a jump host: nothing of it is taken for a flood', async () => {
    const [jump, sshd] = [await realSshd(), await realSshd(['RekeyLimit 1M'])];
    const { port, user, identityFile, folder } = jump;
    await writeFile(join(folder, 'known_hosts'), `${jump.lines.ed25519}\n${sshd.lines.ed25519}\n`);
    const near = hostSpec('near', { port, user, identityFile });
    const far = hostSpec('far', {
      port: sshd.port,
      user,
      identityFile: sshd.identityFile,
      jump: ['near'],
    });
    const transport = sshTransport({
      ranch: ranchOf(near, far),
      knownHosts: [join(folder, 'known_hosts')],
      clock,
      random,
      sshConfigFile: 'none',
      agent: 'none',
    });
    onTestFinished(() => transport.close());
    const limits = { deadlineMs: 250_000, maxBytes: 40_000_000 };
    const megabyte = Buffer.alloc(1_000_000, 'm');
    const [sent, got, small] = await transport.withShell(
      far,
      async (shell) => {
        const stdin = (): Readable => Readable.from(Array.from({ length: 30 }, () => megabyte));
        const up = await shell.run(script('wc -c', { stdin }), limits);
        const down = await shell.run(script('head -c 30000000 /dev/zero'), limits);
        // Written byte by byte: as many packets as the host likes.
        const drops = await shell.run(
          script('i=0; while [ $i -lt 2000 ]; do printf x; i=$((i+1)); done'),
          limits,
        );
        return [up.stdout.toString().trim(), down.stdout.length, drops.stdout.length];
      },
      { deadlineMs: 280_000 },
    );
    expect([sent, got, small]).toEqual(['30000000', 30_000_000, 2_000]);
  });

  test('gets in although MaxStartups drops most of a crowd', async () => {
    const sshd = await realSshd(['MaxStartups 1:50:4']);
    // Time enough for twelve logins on the busiest machine: on this clock patience never ends.
    const patient = { ...clock, monotonic: () => 0 };
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519], { options: { clock: patient } });
    const crowd = Array.from({ length: 12 }, () =>
      transport.withShell(host, async () => 'in', { deadlineMs: 280_000 }),
    );
    expect(await Promise.all(crowd)).toEqual(Array.from({ length: 12 }, () => 'in'));
  });

  test('a key that is not authorised', async () => {
    const sshd = await realSshd();
    await writeFile(join(sshd.folder, 'authorized'), '');
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    await expect(transport.withShell(host, async () => 1, BOUNDS)).rejects.toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining(sshd.identityFile),
    });
  });

  test('a forced command is told for what it is', async () => {
    const sshd = await realSshd(['ForceCommand echo only this']);
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    const forced = transport.withShell(host, (shell) => shell.run(script('true'), LIMITS), BOUNDS);
    await expect(forced).rejects.toMatchObject({
      code: 'host-unsupported',
      message: expect.stringContaining('only this'),
    });
  });

  test.each([false, true])('the script is gone soon after it was given up (become: %s)', async (become) => {
    const sshd = await realSshd();
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519], { host: { become: 'sudo' } });
    const [script1, detached] = [join(sshd.folder, 'script'), join(sshd.folder, 'detached')];
    await transport.withShell(
      host,
      async (shell) => {
        const text =
          'setsid sh -c "echo \\$\\$; exec sleep 600" >"$2" 2>&1 & sh -c "echo \\$\\$ >\'$1\'; exec sleep 601"';
        const slow = script(text, { args: [script1, detached], become });
        const stop = new AbortController();
        const given = shell.run(slow, LIMITS, stop.signal);
        given.catch(() => undefined);
        for (const file of [script1, detached])
          await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toMatch(/^\d+\n$/);
        stop.abort();
        await expect(given).rejects.toMatchObject({ code: 'interrupted' });
        const alive = async (file: string): Promise<string> => {
          const look = script('read -r pid <"$1"; kill -0 "$pid" 2>/dev/null && echo alive || echo gone', {
            args: [file],
          });
          return (await shell.run(look, LIMITS)).stdout.toString();
        };
        await expect.poll(() => alive(script1)).toBe('gone\n');
        expect(await alive(detached)).toBe('alive\n');
      },
      BOUNDS,
    );
    const pid = Number(await readFile(detached, 'utf8'));
    process.kill(pid);
  });

  test('what a script leaves in the background lives on when the script ends by itself', async () => {
    const sshd = await realSshd();
    const { transport, host } = await reach(sshd, [sshd.lines.ed25519]);
    const file = join(sshd.folder, 'pid');
    await transport.withShell(
      host,
      (shell) => shell.run(script('sleep 600 >/dev/null 2>&1 & echo $! >"$1"', { args: [file] }), LIMITS),
      BOUNDS,
    );
    const pid = Number(await readFile(file, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(process.kill(pid)).toBe(true);
  });
});
