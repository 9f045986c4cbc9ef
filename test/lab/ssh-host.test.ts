import { createHash, randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Client } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../src/lab/keys.ts';
import { connectTo, type OneHost, oneHost, run } from './one-host.ts';

let lab: OneHost;
beforeEach(async () => {
  lab = await oneHost();
});
afterEach(async () => {
  await lab.close();
});

describe('commands', () => {
  it('runs the client’s text with /bin/sh in the home, with the host’s environment alone', async () => {
    const client = await lab.connect();
    const ran = await run(client, 'echo "$HOME|$(pwd)|$RANCH_SCOPE|$USER"; echo bad >&2; exit 7');
    client.end();
    expect(ran.stdout.toString()).toBe(`${lab.folder}|${lab.folder}|${lab.folder}/one|\n`);
    expect(ran.stderr).toBe('bad\n');
    expect(ran.code).toBe(7);
  });

  it('tells a death by signal', async () => {
    const client = await lab.connect();
    const ran = await run(client, 'kill -KILL $$');
    client.end();
    expect(ran.signal).toBe('SIGKILL');
  });

  it('carries a payload of 1 MB in and out unchanged', async () => {
    const payload = randomBytes(1_048_576);
    const client = await lab.connect();
    const hash = await run(client, 'sha256sum', payload);
    const back = await run(client, 'cat', payload);
    client.end();
    expect(hash.stdout.toString().slice(0, 64)).toBe(createHash('sha256').update(payload).digest('hex'));
    expect(back.stdout.equals(payload)).toBe(true);
  });

  it('ends when the command does not read its input', async () => {
    const client = await lab.connect();
    const ran = await run(client, 'exit 3', randomBytes(4_194_304));
    client.end();
    expect(ran.code).toBe(3);
  });

  it('serves 50 sessions at once on one connection', async () => {
    const client = await lab.connect();
    const ran = await Promise.all(
      Array.from({ length: 50 }, (_, n) => run(client, `cat; exit ${n}`, `in ${n}`)),
    );
    client.end();
    expect(ran.map(({ code }) => code)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(ran[49]?.stdout.toString()).toBe('in 49');
    expect(lab.host.commands).toBe(50);
  });
});

describe('a client that goes away', () => {
  /** Starts a script that waits, leaves as soon as it says so, and resolves when the connection is gone. */
  const leave = async (from: OneHost, script: string): Promise<void> => {
    const client = await from.connect();
    const closed = once(client, 'close');
    client.exec(script, (error, channel) => {
      if (error) throw error;
      channel.once('data', () => client.end());
    });
    await closed;
  };
  const told = (from: OneHost, file: string) => () =>
    readFile(join(from.folder, file), 'utf8').catch(() => '');

  it('is noticed by the next write alone, as without a terminal under sshd', async () => {
    const waits =
      'while [ ! -e go ]; do sleep 0.01; done; echo silent > silent; echo out; echo after > after';
    await leave(lab, `trap 'echo pipe > pipe; exit' PIPE; trap 'echo hup > hup' HUP; echo up; ${waits}`);
    await writeFile(join(lab.folder, 'go'), '');
    await expect.poll(told(lab, 'pipe')).toBe('pipe\n');
    expect(await told(lab, 'silent')()).toBe('silent\n');
    expect(await told(lab, 'after')()).toBe('');
    expect(await told(lab, 'hup')()).toBe('');
  });

  it('hangs up the shell’s group where the host does so; what called setsid lives on', async () => {
    const world = { cwd: lab.folder, env: { PATH: '/usr/bin:/bin' }, logout: 'hang-up' } as const;
    const strict = await oneHost({ world });
    const detached = `setsid sh -c 'echo $$ > pid; exec sleep 600' & while [ ! -s pid ]; do sleep 0.01; done`;
    await leave(strict, `trap 'echo hup > hup; exit' HUP; ${detached}; echo up; sleep 600 & wait`);
    await expect.poll(told(lab, 'hup')).toBe('hup\n');
    const pid = Number(await told(lab, 'pid')());
    expect(await readFile(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n');
    process.kill(pid, 'SIGKILL');
    await strict.close();
  });
});

describe('what is refused', () => {
  it('another key, another user', async () => {
    await expect(connectTo(lab.host, newKeyPair().private)).rejects.toThrow(/authentication/);
    await expect(connectTo(lab.host, lab.clientKey, 'root')).rejects.toThrow(/authentication/);
  });

  it('a shell and sftp', async () => {
    const client = await lab.connect();
    await expect(new Promise((_, reject) => client.shell((error) => reject(error)))).rejects.toThrow();
    await expect(new Promise((_, reject) => client.sftp((error) => reject(error)))).rejects.toThrow();
    client.end();
  });
});

function openTcp(client: Client, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let text = '';
      channel.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      channel.once('end', () => resolve(text));
      channel.write('ping');
    });
  });
}

describe('direct-tcpip', () => {
  it('reaches loopback from the host’s own address', async () => {
    const echo = createServer((socket) =>
      socket.once('data', (data) => socket.end(`${socket.remoteAddress} ${data}`)),
    );
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as AddressInfo;
    const client = await lab.connect();
    expect(await openTcp(client, '127.0.0.1', port)).toBe('127.77.0.1 ping');
    echo.close();
    await once(echo, 'close');
    await expect(openTcp(client, '127.0.0.1', port)).rejects.toMatchObject({ reason: 2 });
    await expect(openTcp(client, '192.0.2.1', 80)).rejects.toMatchObject({ reason: 2 });
    client.end();
  });

  it('is prohibited where the host forbids it', async () => {
    const strict = await oneHost({ forwarding: false });
    const client = await strict.connect();
    await expect(openTcp(client, '127.0.0.1', 9)).rejects.toMatchObject({ reason: 1 });
    client.end();
    await strict.close();
  });
});

describe('faults', () => {
  it('closes a connection that is just being ended', async () => {
    const admitted: Socket[] = [];
    const admit = (message: unknown): void => {
      const { socket } = message as { readonly socket: Socket };
      if (socket.localPort === lab.host.port) admitted.push(socket);
    };
    subscribe('net.server.socket', admit);
    const client = await lab.connect();
    unsubscribe('net.server.socket', admit);
    const closed = once(client, 'close');
    expect(admitted).toHaveLength(1);
    admitted[0]?.end();
    await lab.host.close();
    await closed;
  }, 20_000);

  it('cut resets and refuses, heal mends, and what runs lives on', async () => {
    const client = await lab.connect();
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.exec(
      'setsid sh -c "sleep 0.3; echo lived > mark" >/dev/null 2>&1 </dev/null & echo up',
      (_error, channel) => channel.once('data', () => lab.host.cut()),
    );
    await closed;
    await expect(lab.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await lab.host.heal();
    const again = await lab.connect();
    await expect.poll(() => readFile(join(lab.folder, 'mark'), 'utf8').catch(() => '')).toBe('lived\n');
    again.end();
  });

  it('a booting host sends the right key away without a word', async () => {
    lab.host.booting(true);
    await expect(lab.connect()).rejects.toThrow(/^closed$/);
    lab.host.booting(false);
    (await lab.connect()).end();
  });

  it('slow delays a connection and each command', async () => {
    lab.host.slow(80);
    const start = performance.now();
    const client = await lab.connect();
    await run(client, 'true');
    client.end();
    expect(performance.now() - start).toBeGreaterThan(155);
  });

  it('shows another host key once it was changed', async () => {
    const before = lab.host.publicKey;
    lab.host.changeHostKey();
    expect(lab.host.publicKey).not.toBe(before);
    (await lab.connect()).end();
  });
});
