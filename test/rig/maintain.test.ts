import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backupHost } from '../../src/app/maintain/backup.ts';
import type { MaintainContext } from '../../src/app/maintain/context.ts';
import { hostLogs } from '../../src/app/maintain/logs.ts';
import { restartHost } from '../../src/app/maintain/restart.ts';
import { restoreHost } from '../../src/app/maintain/restore.ts';
import { startHost } from '../../src/app/maintain/start.ts';
import { stopHost } from '../../src/app/maintain/stop.ts';
import type { HostSpec, InstanceSpec } from '../../src/domain/ranch.ts';
import { unitShell } from '../../src/host/unit-shell.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import { type SshTransport, sshTransport } from '../../src/ssh/transport.ts';
import { CYOA } from '../real-sq/cyoa.ts';
import { clock, hostSpec, ranchOf, random } from '../ssh/world.ts';
import { openRig, type Rig, type RigEnvironment, type SqWay } from './rig.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

/** Where an SQ that was started in each way keeps its data, and its binary. */
const DATA: Readonly<Record<SqWay, string>> = {
  unit: '/var/lib/sq',
  user: '/home/ranch/.sq/data',
  bare: '/home/ranch/SQ',
};
const BINARY: Readonly<Record<SqWay, string>> = {
  unit: '/usr/local/bin/sq',
  user: '/home/ranch/.local/bin/sq',
  bare: '/home/ranch/SQ/sq',
};
const PHEXT = 'content';
/** Stops of each kind under writers. */
const STOPS = Number(process.env['RANCH_STOPS'] ?? 20);

let rig: Rig;
let environment: RigEnvironment;
let folder: string;
let phext: string;
let content: Buffer;
let transport: SshTransport;

/** The real CYOA where it is there, else a phext of the same size. */
async function someContent(): Promise<Buffer> {
  if (CYOA !== undefined) return readFile(CYOA);
  const scrolls = Array.from({ length: 200 }, (_, at) => ({
    coordinate: parseCoordinate(`1.1.1/1.1.${Math.floor(at / 20) + 3}/1.1.${(at % 20) + 1}`),
    bytes: Buffer.alloc(20_000, `scroll ${at} `),
  }));
  return Buffer.from(implode(scrolls));
}

beforeAll(async () => {
  rig = await openRig(4, { h3: 'minimal', h4: 'busybox' });
  environment = await rig.environment();
  content = await someContent();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranch-maintain-'));
  phext = join(folder, 'content.phext');
  await writeFile(phext, content);
});

afterEach(async () => {
  await transport?.close();
  await rm(folder, { recursive: true, force: true });
});

afterAll(async () => {
  for (const host of ['h1', 'h2', 'h3', 'h4']) await rig.reset(host);
});

function hostOf(
  name: string,
  user: string,
  instance: Partial<InstanceSpec>,
  more: Partial<HostSpec> = {},
): HostSpec {
  const instances = [{ port: 1337, phext: PHEXT, ...instance }];
  return hostSpec(name, {
    address: rig.address(name),
    user,
    identityFile: environment.key,
    instances,
    ...more,
  });
}

function contextFor(...hosts: readonly HostSpec[]): MaintainContext {
  const ranch = ranchOf(...hosts);
  transport = sshTransport({
    ranch,
    knownHosts: [environment.knownHosts],
    clock,
    random,
    sshConfigFile: 'none',
    agent: 'none',
  });
  return { ranch, transport, clock, random, stateDir: join(folder, 'state'), known: new Map() };
}

/** A fresh host with SQ on the content, and what acts on it. */
async function serving(
  host: string,
  way: SqWay,
  version: '0.5.1' | '0.5.2',
  instance: Partial<InstanceSpec> = {},
): Promise<MaintainContext> {
  await rig.reset(host);
  await rig.putContent(host, phext, PHEXT, way);
  await rig.startSq(way, host, sqBinary(version));
  return contextFor(hostOf(host, way === 'unit' ? 'root' : 'ranch', instance));
}

/** A file of a host, read from outside. */
function onDisk(host: string, path: string): Promise<Buffer> {
  return readFile(join(environment.dir, host, 'root', path));
}

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const listens = (host: string) => rig.run(host, "ss -Hltn 'sport = :1337' | wc -l");
const pidOf = (host: string) => rig.run(host, 'pgrep -x sq || echo none');

/** What a file lacks of the content; empty when it is whole. */
function torn(file: Buffer): readonly string[] {
  if (!isUtf8(file)) return ['not UTF-8'];
  const there = new Map(scrollsOf(file).map(({ coordinate, bytes }) => [coordinate, sha(bytes)]));
  return scrollsOf(content)
    .filter(({ coordinate, bytes }) => there.get(coordinate) !== sha(bytes))
    .map(({ coordinate }) => `${coordinate} is gone or another`)
    .filter((text) => !text.startsWith('1.1.1/1.1.1/1.2.'));
}

async function select(
  host: string,
  coordinate: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const url = `http://${rig.address(host)}:1337/api/v2/select?p=${PHEXT}&c=${coordinate}`;
  return (await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })).text();
}

describe('the quiet stop', () => {
  test('is needed: the control, a plain `systemctl stop`, tears or loses within a few tries', async () => {
    await serving('h1', 'unit', '0.5.2');
    const troubles: string[] = [];
    for (let stop = 1; stop <= 30 && troubles.length === 0; stop++) {
      const writers = startWriters(rig.address('h1'), 1337, PHEXT);
      await writers.going;
      await rig.run('h1', 'systemctl stop sq');
      const written = await writers.stop();
      const file = await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`);
      troubles.push(...torn(file), ...lostWrites(file, written));
      await rig.run('h1', 'systemctl start sq');
    }
    expect(troubles).not.toEqual([]);
  });

  for (const [version, way, host] of [
    ['0.5.2', 'unit', 'h1'],
    ['0.5.1', 'unit', 'h1'],
    ['0.5.2', 'bare', 'h4'],
    ['0.5.1', 'bare', 'h4'],
  ] as const) {
    test(`${version}, ${way} on ${host}: ${STOPS} stops under four writers tear nothing and lose no acknowledged write`, async () => {
      const context = await serving(host, way, version);
      const troubles: string[] = [];
      const tries: number[] = [];
      for (let stop = 1; stop <= STOPS; stop++) {
        const writers = startWriters(rig.address(host), 1337, PHEXT);
        await writers.going;
        const outcome = await stopHost(context, host);
        const written = await writers.stop();
        tries.push(outcome.instances[0]?.tries ?? 0);
        if (outcome.instances[0]?.state !== 'stopped')
          troubles.push(`stop ${stop}: ${outcome.instances[0]?.state}`);
        const file = await onDisk(host, `${DATA[way]}/${PHEXT}.phext`);
        for (const trouble of [...torn(file), ...lostWrites(file, written)])
          troubles.push(`stop ${stop}: ${trouble}`);
        await startHost(context, host);
      }
      console.log(`${version} ${way}: ${STOPS} stops, tries ${Math.min(...tries)} to ${Math.max(...tries)}`);
      expect(troubles).toEqual([]);
      expect(await listens(host)).toBe('1');
    }, 600_000);
  }
});

describe('a systemd unit', () => {
  test('stays stopped, enabled as it was and not failed; no drop-in is left; start brings it back', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    expect((await stopHost(context, 'h1')).instances).toMatchObject([
      { port: 1337, state: 'stopped', saved: { kind: 'saved' } },
    ]);
    expect(
      await rig.run('h1', 'systemctl is-active sq; systemctl is-enabled sq; systemctl is-failed sq; true'),
    ).toBe('inactive\nenabled\ninactive');
    expect(
      await rig.run(
        'h1',
        'ls -d /run/systemd/system/sq.service.d /etc/systemd/system/sq.service.d 2>/dev/null; true',
      ),
    ).toBe('');
    expect((await stopHost(context, 'h1')).instances).toMatchObject([{ state: 'already-stopped' }]);
    expect((await startHost(context, 'h1')).instances).toMatchObject([
      { state: 'started', pid: expect.any(Number) },
    ]);
    expect((await startHost(context, 'h1')).instances).toMatchObject([{ state: 'already-running' }]);
    expect(await rig.run('h1', 'systemctl is-active sq; systemctl show -p Restart --value sq')).toBe(
      'active\non-failure',
    );
    expect(await rig.run('h1', 'ls -A /usr/local/bin/.ranch')).toBe('instances\nlog\nstopped\ntoken');
    expect(await rig.run('h1', 'grep -c "^[^ ]* stop by maintain-.*: done" /usr/local/bin/.ranch/log')).toBe(
      '2',
    );
  });

  test('restarts while it serves: another process, nothing lost, hardly down', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const before = await pidOf('h1');
    const writers = startWriters(rig.address('h1'), 1337, PHEXT);
    await writers.going;
    const outcome = await restartHost(context, 'h1');
    const written = await writers.stop();
    expect(outcome.instances).toMatchObject([{ state: 'restarted' }]);
    expect(outcome.instances[0]?.downMs).toBeLessThan(3_000);
    expect(await pidOf('h1')).not.toBe(before);
    const file = await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`);
    expect([...torn(file), ...lostWrites(file, written)]).toEqual([]);
  });

  test('that runs as another user is stopped all the same', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await rig.run(
      'h1',
      'chown -R ranch /var/lib/sq && sed -i "s/^\\[Service\\]/&\\nUser=ranch/" /etc/systemd/system/sq.service && systemctl daemon-reload && systemctl restart sq',
    );
    expect((await stopHost(context, 'h1')).instances).toMatchObject([{ state: 'stopped' }]);
    expect(await rig.run('h1', 'systemctl is-active sq; true')).toBe('inactive');
  });

  test('of a user is stopped and started by that user', async () => {
    const context = await serving('h2', 'user', '0.5.2');
    expect((await stopHost(context, 'h2')).instances).toMatchObject([{ state: 'stopped' }]);
    expect(await listens('h2')).toBe('0');
    expect((await startHost(context, 'h2')).instances).toMatchObject([{ state: 'started' }]);
    expect(await rig.run('ranch@h2', 'systemctl --user is-active sq')).toBe('active');
    expect((await restartHost(context, 'h2')).instances).toMatchObject([{ state: 'restarted' }]);
  });
});

describe('a bare process', () => {
  const asItRuns = (host: string) =>
    rig.run(
      host,
      'p=$(pgrep -x sq); readlink /proc/$p/exe /proc/$p/cwd /proc/$p/fd/1; stat -c %U /proc/$p; tr "\\0" " " </proc/$p/cmdline; tr "\\0" "\\n" </proc/$p/environ | sort',
    );

  /** Another SQ in the place of the one on h4, with a key among its arguments. */
  async function startKeyed(key: string): Promise<void> {
    await rig.run('h4', 'pkill -x sq; while pgrep -x sq; do sleep .01; done');
    await rig.run(
      'ranch@h4',
      `(cd SQ && exec setsid ./sq host 1337 --key '${key}') >SQ/sq.log 2>&1 </dev/null & until ss -Hltn 'sport = :1337' | grep -q 1337; do sleep .02; done`,
    );
  }

  test('is started again as it ran, even after a power cut', async () => {
    const context = await serving('h3', 'bare', '0.5.1');
    const before = await asItRuns('h3');
    expect((await stopHost(context, 'h3')).instances).toMatchObject([{ state: 'stopped' }]);
    expect(await rig.run('h3', 'stat -c "%a %U" /home/ranch/SQ/.ranch/stopped/1337')).toBe('600 ranch');
    await rig.crash('h3');
    await rig.boot('h3');
    expect((await startHost(context, 'h3')).instances).toMatchObject([{ state: 'started' }]);
    expect(await asItRuns('h3')).toBe(before);
    expect(await rig.run('h3', 'ls /home/ranch/SQ/.ranch/stopped')).toBe('');
  });

  test('with a key: nothing is touched without a key file; the key is read from it, and never kept', async () => {
    const context = await serving('h4', 'bare', '0.5.2');
    await startKeyed('top secret');
    const before = await pidOf('h4');
    await expect(stopHost(context, 'h4')).rejects.toMatchObject({
      code: 'acknowledgement-missing',
      place: 'h4:1337',
    });
    expect(await pidOf('h4')).toBe(before);
    expect((await restartHost(context, 'h4')).instances).toMatchObject([{ state: 'restarted' }]);
    expect(await select('h4', '1.1.1/1.1.1/1.1.1')).not.toContain('Mirrorborn');

    await rig.run('ranch@h4', "umask 077; printf 'wrong' >key");
    const keyed = contextFor(hostOf('h4', 'ranch', { keyFile: '~/key' }));
    await expect(stopHost(keyed, 'h4')).rejects.toMatchObject({ code: 'acknowledgement-missing' });
    await rig.run('ranch@h4', "printf 'top secret' >key");
    await stopHost(keyed, 'h4');
    expect(await rig.run('h4', "grep -rl 'top secret' /home/ranch/SQ/.ranch; true")).toBe('');
    await startHost(keyed, 'h4');
    expect(await rig.run('h4', 'tr "\\0" " " </proc/$(pgrep -x sq)/cmdline')).toBe(
      './sq host 1337 --key top secret',
    );
  });

  test('whose key was given up is not started without one', async () => {
    const context = await serving('h4', 'bare', '0.5.2');
    await startKeyed('secret');
    expect((await stopHost(context, 'h4', { forgetKey: true })).instances).toMatchObject([
      { state: 'stopped' },
    ]);
    await expect(startHost(context, 'h4')).rejects.toMatchObject({ code: 'input-needed' });
    expect(await pidOf('h4')).toBe('none');
  });

  test('that ranch did not stop is not guessed at', async () => {
    await rig.reset('h4');
    const context = contextFor(hostOf('h4', 'ranch', {}));
    await expect(startHost(context, 'h4')).rejects.toMatchObject({
      code: 'host-unsupported',
      place: 'h4:1337',
    });
  });
});

describe('others', () => {
  test('a rollout that holds the lease is not disturbed; a stop leaves its host as it was', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const spec = context.ranch.hosts[0] as HostSpec;
    const lease = await transport.withShell(
      spec,
      (shell) => unitShell(shell, spec).lease(BINARY.unit, 'r-1', 60),
      {
        deadlineMs: 20_000,
      },
    );
    const before = await pidOf('h1');
    for (const act of [stopHost, startHost, restartHost, backupHost]) {
      await expect(act(context, 'h1')).rejects.toMatchObject({ code: 'host-locked', exitCode: 4 });
    }
    expect(await pidOf('h1')).toBe(before);
    await transport.withShell(spec, (shell) => unitShell(shell, spec).release(lease), { deadlineMs: 20_000 });
    await stopHost(context, 'h1');
  });

  test('an SQ whose disk lacks what its memory holds is not stopped', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await select('h1', '1.1.1/1.1.1/1.1.1');
    await rig.run('h1', `truncate -s 100000 ${DATA.unit}/${PHEXT}.phext`);
    const before = await pidOf('h1');
    await expect(stopHost(context, 'h1')).rejects.toMatchObject({ code: 'unsaved' });
    await expect(restartHost(context, 'h1')).rejects.toMatchObject({ code: 'unsaved' });
    expect(await pidOf('h1')).toBe(before);
    expect((await stopHost(context, 'h1', { allowUnsaved: true })).instances).toMatchObject([
      { state: 'stopped', saved: { kind: 'unsaved' } },
    ]);
  });

  test('a restart whose connection is cut in the middle goes on, and is told as what it was', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const before = await pidOf('h1');
    // the first connection ends while the host acts
    await rig.run(
      'h1',
      `cat >/tmp/cut.sh <<'END'
while [ ! -e ${BINARY.unit.replace(/\/sq$/, '')}/.ranch/lease/switching ]; do sleep .002; done
pkill -KILL -f '^sshd: root@notty' && touch /run/ranch-was-cut
END
systemd-run --quiet sh /tmp/cut.sh`,
    );
    expect((await restartHost(context, 'h1')).instances).toMatchObject([{ state: 'restarted' }]);
    await rig.run('h1', 'rm /run/ranch-was-cut');
    expect(await pidOf('h1')).not.toBe(before);
    expect(await listens('h1')).toBe('1');
  });
});

describe('backup and restore', () => {
  test('a backup under writers is whole, private and has a manifest; the host keeps no copy', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const pid = await pidOf('h1');
    const writers = startWriters(rig.address('h1'), 1337, PHEXT);
    await writers.going;
    const { backups } = await backupHost(context, 'h1');
    await writers.stop();
    expect(backups).toHaveLength(1);
    const backup = backups[0];
    expect(backup?.damaged).toEqual([]);
    expect(backup?.manifest).toMatchObject({
      host: 'h1',
      port: 1337,
      sq: { version: '0.5.2' },
      saved: 'saved',
    });
    const path = join(backup?.folder ?? '', `${PHEXT}.phext`);
    expect(torn(await readFile(path))).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(backup?.folder.startsWith(join(folder, 'state', 'backups', 'h1', '1337'))).toBe(true);
    expect(await rig.run('h1', 'ls -A /var/lib/sq | grep -v "^.sq$"')).toBe(`${PHEXT}.phext`);
    expect(await pidOf('h1')).toBe(pid);
  });

  test('0.5.1 under writers as well', async () => {
    const context = await serving('h4', 'bare', '0.5.1');
    const writers = startWriters(rig.address('h4'), 1337, PHEXT);
    await writers.going;
    const { backups } = await backupHost(context, 'h4', { to: join(folder, 'elsewhere') });
    await writers.stop();
    expect(torn(await readFile(join(backups[0]?.folder ?? '', `${PHEXT}.phext`)))).toEqual([]);
  });

  test('a restore brings the content back, keeps what it replaced and leaves other phexts alone', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const { backups } = await backupHost(context, 'h1');
    await rig.run(
      'h1',
      `cd ${DATA.unit} && printf 'of another' >other.phext && chown ranch ${PHEXT}.phext && chmod 640 ${PHEXT}.phext`,
    );
    const update = await fetch(
      `http://${rig.address('h1')}:1337/api/v2/update?p=${PHEXT}&c=1.1.1/1.1.1/1.1.1`,
      { method: 'POST', body: 'overwritten' },
    );
    expect(await update.text()).toContain('Updated');
    const outcome = await restoreHost(context, 'h1', 'latest');
    expect(outcome).toMatchObject({
      backup: backups[0]?.folder,
      instance: { state: 'restored', left: ['other'], restored: [{ name: PHEXT, sha256: sha(content) }] },
      verified: { kind: 'checksum' },
    });
    expect(await select('h1', '1.1.1/1.1.1/1.1.1')).toBe(
      Buffer.from(scrollsOf(content)[0]?.bytes ?? []).toString(),
    );
    expect(
      await rig.run('h1', `stat -c '%a %U' ${DATA.unit}/${PHEXT}.phext; cat ${DATA.unit}/other.phext`),
    ).toBe('640 ranch\nof another');
    const kept = await onDisk('h1', `${outcome.instance.snapshot}/${PHEXT}.phext`);
    expect(kept.includes('overwritten')).toBe(true);
    expect(await rig.run('h1', `ls -A ${DATA.unit}/.ranch`)).toBe('snapshots');
  });

  test('a stopped instance stays stopped with the restored content', async () => {
    const context = await serving('h4', 'bare', '0.5.1');
    const { backups } = await backupHost(context, 'h4');
    await stopHost(context, 'h4');
    await rig.run('h4', `: >/home/ranch/SQ/${PHEXT}.phext`);
    const outcome = await restoreHost(context, 'h4', backups[0]?.folder ?? '');
    expect(outcome).toMatchObject({
      instance: { state: 'restored-stopped' },
      verified: { kind: 'not-asked' },
    });
    expect(await pidOf('h4')).toBe('none');
    expect(sha(await onDisk('h4', `${DATA.bare}/${PHEXT}.phext`))).toBe(sha(content));
    expect((await startHost(context, 'h4')).instances).toMatchObject([{ state: 'started' }]);
  });

  test('where SQ does not start on it, the old content comes back', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await backupHost(context, 'h1');
    await rig.run('h1', `printf 'the-only-present' >${DATA.unit}/${PHEXT}.phext`);
    // a unit that starts on nothing but the-only-present
    await rig.run(
      'h1',
      `sed -i 's|^ExecStart=|ExecStartPre=/bin/grep -q the-only-present ${DATA.unit}/${PHEXT}.phext\\n&|' /etc/systemd/system/sq.service; systemctl daemon-reload`,
    );
    await expect(restoreHost(context, 'h1', 'latest')).rejects.toMatchObject({
      code: 'switch-failed',
      message: expect.stringContaining('the old content is back'),
    });
    expect(await rig.run('h1', `cat ${DATA.unit}/${PHEXT}.phext; systemctl is-active sq`)).toBe(
      'the-only-presentactive',
    );
  });

  test('a backup that was changed is refused before the host is touched', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const { backups } = await backupHost(context, 'h1');
    await writeFile(join(backups[0]?.folder ?? '', `${PHEXT}.phext`), 'changed');
    const before = await pidOf('h1');
    await expect(restoreHost(context, 'h1', 'latest')).rejects.toMatchObject({
      code: 'backup-invalid',
      exitCode: 2,
    });
    await expect(restoreHost(context, 'h1', 'yesterday')).rejects.toMatchObject({ code: 'no-such-backup' });
    expect(await pidOf('h1')).toBe(before);
  });
});

describe('logs', () => {
  test('the end of a journal, of a file, and of a file whose writer is stopped', async () => {
    const unit = await serving('h1', 'unit', '0.5.2');
    expect((await hostLogs(unit, 'h1')).logs).toMatchObject([
      { port: 1337, source: 'journal', name: 'sq.service' },
    ]);
    expect((await hostLogs(unit, 'h1')).logs[0]?.lines.join('\n')).toContain('listening on port 1337');

    const bare = await serving('h4', 'bare', '0.5.1');
    await select('h4', '1.1.1/1.1.1/1.1.1', { authorization: 'Bearer a-key' });
    const [log] = (await hostLogs(bare, 'h4', { lines: 30 })).logs;
    expect(log).toMatchObject({ source: 'file', name: '/home/ranch/SQ/sq.log' });
    expect(log?.lines.join('\n')).toContain('Request: GET');
    expect(log?.lines.join('\n')).not.toContain('a-key');
    await stopHost(bare, 'h4');
    expect((await hostLogs(bare, 'h4', { lines: 1 })).logs[0]?.lines).toHaveLength(1);
  });
});

test('the real CYOA is what is tested with where it is there', () => {
  expect(existsSync(phext)).toBe(true);
  if (CYOA !== undefined) expect(scrollsOf(content)).toHaveLength(693);
});
