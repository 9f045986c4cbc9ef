import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openRig, type Rig, type RigEnvironment } from './rig.ts';
import { sqBinary } from './sq-binary.ts';

const run = promisify(execFile);

/** A phext of two scrolls: a scroll break stands between them. */
const CONTENT = 'The first scroll\x17The second scroll';

/** For connections that shall fail: what does not answer within two seconds here does not answer. */
const IMPATIENT = ['-o', 'ConnectTimeout=2'];

let rig: Rig;
let environment: RigEnvironment;
let sq: string;
let folder: string;
let phext: string;

beforeAll(async () => {
  sq = sqBinary('0.5.1');
  rig = await openRig(4, { h3: 'minimal', h4: 'busybox' });
  environment = await rig.environment();
  folder = await mkdtemp(join(tmpdir(), 'ranch-rig-test-'));
  phext = join(folder, 'two.phext');
  await writeFile(phext, CONTENT);
});

beforeEach(async () => {
  await Promise.all(['h1', 'h2', 'h3', 'h4'].map((host) => rig.reset(host)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command over ssh as a user of this machine would, host keys checked; gives what it printed. */
async function ssh(target: string, command: string, options: readonly string[] = []): Promise<string> {
  const [user, host] = target.split('@');
  const common = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'StrictHostKeyChecking=yes'];
  const identity = ['-i', environment.key, '-o', `UserKnownHostsFile=${environment.knownHosts}`];
  const place = `${user}@${rig.address(host ?? '')}`;
  const { stdout } = await run('ssh', ['-F', 'none', ...options, ...common, ...identity, place, command]);
  return stdout.trim();
}

/** What a reader gets for a scroll, from outside. */
async function scroll(host: string, coordinate: string): Promise<string> {
  const url = `http://${rig.address(host)}:1337/api/v2/select?p=two&c=${coordinate}`;
  const reply = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  return reply.text();
}

/** The one SQ process on a host: exe, cwd, user and command line. */
function process(host: string): Promise<string> {
  return rig.run(
    host,
    'p=$(pgrep -x sq); readlink /proc/$p/exe /proc/$p/cwd; stat -c %U /proc/$p; tr "\\0" " " </proc/$p/cmdline',
  );
}

const bootId = (host: string) => rig.run(host, 'cat /proc/sys/kernel/random/boot_id');

test('SQ runs as a system unit of root and serves the content that was put there', async () => {
  await rig.putContent('h1', phext, 'two');
  await rig.startSq('unit', 'h1', sq);
  expect(await process('h1')).toBe(
    '/usr/local/bin/sq\n/var/lib/sq\nroot\n/usr/local/bin/sq host 1337 --data-dir /var/lib/sq',
  );
  expect(await rig.run('h1', 'systemctl show -p MainPID --value sq')).toBe(
    await rig.run('h1', 'pgrep -x sq'),
  );
  expect(await scroll('h1', '1.1.1/1.1.1/1.1.2')).toBe('The second scroll');
});

test('two instances share the binary and have their own units and data', async () => {
  await rig.startSq('unit', 'h1', sq);
  await rig.startSq('unit', 'h1', sq, 1339);
  expect(await rig.run('h1', 'systemctl is-active sq sq-1339; ls -d /var/lib/sq*')).toBe(
    'active\nactive\n/var/lib/sq\n/var/lib/sq-1339',
  );
});

test('SQ runs as a lingering user unit of a user without root', async () => {
  await rig.putContent('h2', phext, 'two', 'user');
  await rig.startSq('user', 'h2', sq);
  const home = '/home/ranch';
  expect(await process('h2')).toBe(
    `${home}/.local/bin/sq\n${home}/.sq/data\nranch\n${home}/.local/bin/sq host 1337 --data-dir ${home}/.sq/data`,
  );
  expect(await ssh('ranch@h2', 'systemctl --user is-active sq')).toBe('active');
  expect(await rig.run('h2', 'loginctl show-user ranch -p Linger --value')).toBe('yes');
  expect(await scroll('h2', '1.1.1/1.1.1/1.1.1')).toBe('The first scroll');
});

test('SQ runs by hand on a host without user systemd, its data in the working directory', async () => {
  await rig.putContent('h3', phext, 'two', 'bare');
  await rig.startSq('bare', 'h3', sq);
  expect(await process('h3')).toBe('/home/ranch/SQ/sq\n/home/ranch/SQ\nranch\n./sq host 1337');
  expect(await scroll('h3', '1.1.1/1.1.1/1.1.1')).toBe('The first scroll');
  await expect(ssh('ranch@h3', 'systemctl --user is-active sq')).rejects.toThrow('No medium found');
});

test('the binary is 0.5.1: whatever path is asked, it answers 200', async () => {
  await rig.startSq('bare', 'h4', sq);
  const reply = await fetch(`http://${rig.address('h4')}:1337/no-such-path`);
  expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('Unexpected command')]);
});

test('the busybox host has busybox for its shell and its tools', async () => {
  expect(await ssh('ranch@h4', 'readlink /bin/sh; command -v awk; readlink -f $(command -v awk)')).toBe(
    'busybox\n/usr/local/bin/awk\n/usr/bin/busybox',
  );
});

test('one user has sudo for nothing, the other must give a password', async () => {
  const password = environment.users.find(({ name }) => name === 'guard')?.password;
  expect(await ssh('ranch@h1', 'sudo -n id -u')).toBe('0');
  await expect(ssh('guard@h1', 'sudo -n id -u')).rejects.toThrow('password is required');
  expect(await ssh('guard@h1', `echo ${password} | sudo -S -p '' id -u`)).toBe('0');
});

test('a host behind a jump host is reached through it alone', async () => {
  await rig.jump('h2', 'h1');
  await expect(ssh('ranch@h2', 'true', IMPATIENT)).rejects.toThrow(/No route to host|timed out/);
  const through = `ProxyCommand=ssh -F none -i ${environment.key} -o UserKnownHostsFile=${environment.knownHosts} -W %h:%p ranch@${rig.address('h1')}`;
  expect(await ssh('ranch@h2', 'hostname', ['-o', through])).toBe('h2');
  await expect(ssh('ranch@h1', `exec 3<>/dev/tcp/${rig.address('h2')}/22`)).resolves.toBe('');
  await expect(
    ssh('ranch@h3', `timeout 2 bash -c 'exec 3<>/dev/tcp/${rig.address('h2')}/22'`),
  ).rejects.toThrow();
  await rig.jump('h2', 'none');
  expect(await ssh('ranch@h2', 'hostname')).toBe('h2');
});

test('a power cut ends everything but the disk; booted again, the unit serves the same content', async () => {
  await rig.putContent('h1', phext, 'two');
  await rig.startSq('unit', 'h1', sq);
  const before = await bootId('h1');
  await rig.crash('h1');
  expect((await rig.environment()).hosts[0]).toMatchObject({ name: 'h1', state: 'off' });
  await expect(ssh('root@h1', 'true', IMPATIENT)).rejects.toThrow();
  await rig.boot('h1');
  expect(await bootId('h1')).not.toBe(before);
  expect(await rig.run('h1', 'systemctl is-active sq')).toBe('active');
  expect(await scroll('h1', '1.1.1/1.1.1/1.1.2')).toBe('The second scroll');
});

test('a cut cable makes the host silent though it runs on; healed, it answers', async () => {
  await rig.cut('h1');
  await expect(ssh('root@h1', 'true', IMPATIENT)).rejects.toThrow(/No route to host|timed out/);
  expect(await rig.run('h1', 'hostname')).toBe('h1');
  await rig.heal('h1');
  expect(await ssh('root@h1', 'hostname')).toBe('h1');
});

test('a booting host lets root in and turns users away', async () => {
  await rig.nologin('h1', true);
  await expect(ssh('ranch@h1', 'true')).rejects.toThrow(/booting|closed/);
  expect(await ssh('root@h1', 'hostname')).toBe('h1');
  await rig.nologin('h1', false);
  expect(await ssh('ranch@h1', 'hostname')).toBe('h1');
});

test('what one host does to its units, another does not feel', async () => {
  await rig.startSq('unit', 'h1', sq);
  await rig.startSq('unit', 'h2', sq);
  const before = await rig.run('h2', 'pgrep -x sq');
  await rig.run('h1', 'systemctl kill -s KILL --kill-who=all sq; systemctl stop sq');
  await expect(rig.run('h1', 'pgrep -x sq')).rejects.toThrow();
  expect(await rig.run('h2', 'pgrep -x sq')).toBe(before);
});

test('up again leaves running hosts alone and mends what a killed run left', async () => {
  const before = await bootId('h1');
  const namespace = `${environment.bridge.replace(/br$/, '')}-h2`;
  await rig.crash('h2');
  await run('ip', ['netns', 'del', namespace]);
  await run('umount', [`${environment.dir}/h2/root`]);
  await openRig(4);
  expect(await bootId('h1')).toBe(before);
  expect(await ssh('ranch@h2', 'hostname')).toBe('h2');
});
