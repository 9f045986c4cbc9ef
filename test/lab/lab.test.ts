import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/inventory.ts';
import { demoRanch } from '../../src/lab/demo-ranch.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { labUser } from '../../src/lab/lab-layout.ts';
import { isListening } from '../../src/lab/listening.ts';
import { markedProcesses } from '../../src/lab/marked-processes.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import { connectTo, run } from './one-host.ts';
import { seededRandom } from './seeded-random.ts';

const exec = promisify(execFile);
const standIn = fileURLToPath(new URL('./placeholder-sq.js', import.meta.url));

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ranch-labs-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('the demonstration’s ranch', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ dir: join(root, 'demo'), hosts: demoRanch(), random: seededRandom(7), standIn });
  });
  afterAll(async () => {
    await lab.close();
  });

  it('runs seven servers on six hosts, each with its host’s mark and none a child of ours', () => {
    const running = lab.hosts.map((host) => host.processes().length);
    expect(running).toEqual([1, 2, 1, 1, 1, 0, 1]);
    const marked = markedProcesses(lab.id);
    expect(marked).toHaveLength(7);
    for (const { pid } of marked) {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).not.toMatch(new RegExp(`^PPid:\\t${process.pid}$`, 'm'));
    }
    for (const host of lab.hosts) {
      for (const { port } of host.instances) expect(isListening(port)).toBe(host.name !== 'aletheia-core');
    }
  });

  it('writes an inventory that the program reads', async () => {
    const ranch = parseInventory(await readFile(lab.ranchFile, 'utf8'), lab.ranchFile);
    expect(ranch.target?.version).toBe('0.5.2');
    expect(ranch.hosts.map(({ name }) => name)).toEqual(demoRanch().map(({ name }) => name));
    const ports = ranch.hosts.flatMap(({ instances }) => instances.map(({ port }) => port));
    expect(new Set(ports).size).toBe(8);
    expect(ranch.hosts.find(({ name }) => name === 'lilly')?.jump).toEqual(['aurora-continuum']);
    expect(ranch.hosts.at(-1)?.instances[0]?.keyFile).toContain('mirrorborn.us');
  });

  it('serves a host’s content to its own server through the host alone', async () => {
    const host = lab.host('logos-prime');
    const client = await connectTo(host, await readFile(lab.clientKey, 'utf8'), labUser());
    const seen = await run(
      client,
      'cd lux-data && ls && wc -c <lux.phext && command -v sq; sq version || ~/.cargo/bin/sq version',
    );
    client.end();
    expect(seen.stdout.toString()).toMatch(/^lux\.phext\n3[01]\d{4}\n/);
    expect(seen.stdout.toString()).toMatch(/0\.5\.1\n$/);
  });

  it('has a binary that says 0.5.2 and is another', async () => {
    const proven = await readFile(lab.artifacts.get('0.5.2') ?? '');
    const other = await readFile(lab.host('chrysalis-hub').binary ?? '');
    expect(other.equals(proven)).toBe(false);
    const { stdout } = await exec(lab.host('chrysalis-hub').binary ?? '', ['version']);
    expect(stdout).toBe('0.5.2\n');
  });

  it('lets nobody but the jump host in to the host behind it', async () => {
    const key = await readFile(lab.clientKey, 'utf8');
    await expect(connectTo(lab.host('lilly'), key, labUser())).rejects.toThrow();
    expect(lab.host('lilly').counts.connections).toBe(0);
  });

  it('gives nobody else its folder while it is up', async () => {
    const again = startLab({ dir: lab.dir, hosts: demoRanch(), random: seededRandom(8), standIn });
    await expect(again).rejects.toMatchObject({ code: 'state-locked' });
    expect(markedProcesses(lab.id)).toHaveLength(7);
  });

  it('keeps keys from others', async () => {
    for (const file of [lab.clientKey, lab.host('mirrorborn.us').instances[0]?.keyFile ?? '']) {
      expect((await stat(file)).mode & 0o077).toBe(0);
    }
  });

  const hasSsh = existsSync('/usr/bin/ssh');
  describe.runIf(hasSsh)('with OpenSSH', () => {
    const ssh = (
      args: readonly string[],
      stdin: Buffer | string = '',
    ): Promise<{ code: number; out: Buffer; err: string }> =>
      new Promise((resolve, reject) => {
        const child = spawn('ssh', ['-F', lab.sshConfig, ...args]);
        const out: Buffer[] = [];
        let err = '';
        child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
        child.stderr.on('data', (chunk: Buffer) => {
          err += chunk.toString();
        });
        child.once('error', reject);
        child.once('close', (code) => resolve({ code: code ?? -1, out: Buffer.concat(out), err }));
        child.stdin.on('error', () => undefined);
        child.stdin.end(stdin);
      });

    it('carries a payload of 1 MB and the exit code', async () => {
      const payload = randomBytes(1_048_576);
      const ran = await ssh(['aurora-continuum', 'cat; exit 9'], payload);
      expect(ran.code).toBe(9);
      expect(ran.out.equals(payload)).toBe(true);
    });

    it('jumps, by the configuration and by -J', async () => {
      const jumped = await ssh(['lilly', 'echo "$RANCH_SCOPE"']);
      expect(jumped.err).toBe('');
      expect(jumped.out.toString()).toBe(`${lab.id}/lilly\n`);
      const chained = await ssh(['-J', 'halcyon-vector,aurora-continuum', 'lilly', 'echo in']);
      expect(chained.out.toString()).toBe('in\n');
      const wrong = await ssh(['-J', 'halcyon-vector', 'lilly', 'echo in']);
      expect(wrong.code).toBe(255);
    });

    it('opens a tunnel to the host’s server', async () => {
      const { port } = lab.host('halcyon-vector').instances[1] ?? { port: 0 };
      const request = 'GET /api/v2/version HTTP/1.1\r\nHost: sq\r\nConnection: close\r\n\r\n';
      const ran = await ssh(['-W', `127.0.0.1:${port}`, 'halcyon-vector'], request);
      expect(ran.out.toString()).toMatch(/0\.5\.1$/);
      const neighbour = await ssh(
        ['-W', `${lab.host('halcyon-vector').address}:${port}`, 'logos-prime'],
        request,
      );
      expect(neighbour.out.toString()).toMatch(/0\.5\.1$/);
    });

    it('serves 50 sessions, as many at once as the machine allows', async () => {
      const ran = await Promise.all(
        Array.from({ length: 50 }, (_, n) => ssh(['chrysalis-hub', `cat; exit ${n}`], `in ${n}`)),
      );
      expect(ran.map(({ code }) => code)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(ran.map(({ out }) => out.toString())).toEqual(Array.from({ length: 50 }, (_, n) => `in ${n}`));
    });

    it('refuses a terminal’s shell, and a changed host key', async () => {
      expect((await ssh(['-T', 'chrysalis-hub'])).code).toBe(255);
      lab.host('chrysalis-hub').changeHostKey();
      const ran = await ssh(['chrysalis-hub', 'true']);
      expect(ran.err).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
    });
  });
});

describe('the end of a lab', () => {
  const hosts = demoRanch().slice(0, 1);

  it('leaves no process of its own and touches no other', async () => {
    const dir = join(root, 'ends');
    const lab = await startLab({ dir, hosts, random: seededRandom(1), standIn });
    const host = lab.host('aurora-continuum');
    const client = await connectTo(host, await readFile(lab.clientKey, 'utf8'), labUser());
    await run(client, 'setsid sh -c "kill -STOP \\$\\$" >/dev/null 2>&1 </dev/null &');
    // Somebody else's server of the same kind, without the mark and with one that only begins alike.
    const env = {
      PATH: process.env['PATH'],
      RANCH_LAB: `${lab.id}0`,
      RANCH_SCOPE: `${lab.id}0/aurora-continuum`,
    };
    const other = spawn('sleep', ['600'], { env, stdio: 'ignore' });
    expect(host.processes()).toHaveLength(2);
    await lab.close();
    expect(markedProcesses(lab.id)).toEqual([]);
    expect(isListening(host.instances[0]?.port ?? 0)).toBe(false);
    expect(readFileSync(`/proc/${other.pid}/comm`, 'utf8')).toBe('sleep\n');
    other.kill();
    client.end();
    expect(existsSync(join(dir, 'lab.pid'))).toBe(false);
    await lab.close();
  });

  it('is also that of a lab that could not come up', async () => {
    const dir = join(root, 'fails');
    const broken = join(root, 'broken.js');
    await writeFile(broken, "#!/bin/sh\n# \nVERSION=''; echo why >&2; exit 1\nconst VERSION = '0'\n");
    const failing = startLab({ dir, hosts, random: seededRandom(2), standIn: broken });
    await expect(failing).rejects.toMatchObject({
      code: 'sq-error',
      message: expect.stringContaining('why'),
    });
    const lab = await startLab({ dir, hosts, random: seededRandom(2), standIn });
    await lab.close();
  });

  it('does not clear a folder that is somebody’s', async () => {
    const dir = join(root, 'mine');
    await mkdir(join(dir, 'hosts'), { recursive: true });
    await expect(startLab({ dir, hosts, random: seededRandom(3), standIn })).rejects.toMatchObject({
      code: 'usage',
    });
    expect(existsSync(join(dir, 'hosts'))).toBe(true);
  });
});

it('serves hosts that answer from a text and run nothing', async () => {
  const { cannedScript } = await import('../../src/lab/canned-answer.ts');
  const hosts = Array.from({ length: 300 }, (_, n) => ({
    name: `host-${n}`,
    instances: [],
    canned: cannedScript(`I am ${n}\n`, 4),
  }));
  const lab = await startLab({ dir: join(root, 'canned'), hosts, random: seededRandom(4) });
  expect(lab.host('host-299').address).toBe('127.77.1.50');
  const client = await connectTo(lab.host('host-299'), await readFile(lab.clientKey, 'utf8'), labUser());
  const nonce = '0123456789abcdef';
  const ran = await run(client, `printf '%s%s\\n' ${nonce} ${nonce}-begins`);
  client.end();
  expect(ran.stdout.toString()).toBe(`${nonce}${nonce}-begins\nI am 299\n${nonce}${nonce}-ends 4\n`);
  expect(markedProcesses(lab.id)).toEqual([]);
  await lab.close();
});
