import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { backupHost } from '../../src/app/maintain/backup.ts';
import { restartHost } from '../../src/app/maintain/restart.ts';
import { startHost } from '../../src/app/maintain/start.ts';
import { stopHost } from '../../src/app/maintain/stop.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { unitShell } from '../../src/host/unit-shell.ts';
import { scrollsOf } from '../../src/sq/phext.ts';
import { countFaults } from '../faults.ts';
import { CYOA } from '../real-sq/cyoa.ts';
import {
  BINARY,
  content,
  contextFor,
  DATA,
  hostOf,
  listens,
  onDisk,
  PHEXT,
  phext,
  pidOf,
  rig,
  STOPS,
  select,
  serving,
  torn,
  transport,
  useRig,
} from './maintain-world.ts';
import { lostWrites, startWriters } from './writers.ts';

useRig();

const faults = countFaults('stops under writers');

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
      await rig.run('h1', 'systemctl reset-failed sq; systemctl start sq');
    }
    expect(troubles).not.toEqual([]);
  });

  for (const [version, way, host] of [
    ['0.5.2', 'unit', 'h1'],
    ['0.5.1', 'unit', 'h1'],
    ['0.5.2', 'bare', 'h4'],
    ['0.5.1', 'bare', 'h4'],
  ] as const) {
    test(
      `${version}, ${way} on ${host}: ${STOPS} stops under four writers tear nothing and lose no acknowledged write`,
      async () => {
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
        console.log(
          `${version} ${way}: ${STOPS} stops, tries ${Math.min(...tries)} to ${Math.max(...tries)}`,
        );
        const lost = new Set(troubles.map((trouble) => trouble.split(':')[0])).size;
        faults.add(STOPS, STOPS - lost);
        expect(troubles).toEqual([]);
        expect(await listens(host)).toBe('1');
      },
      300_000 + STOPS * 30_000,
    );
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
    expect(outcome.instances[0]?.downMs).toBeLessThan(10_000);
    expect(await pidOf('h1')).not.toBe(before);
    const file = await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`);
    expect([...torn(file), ...lostWrites(file, written)]).toEqual([]);
  });

  /** Units that need SQ in the ways that systemd knows, one that needs one of those, and one that does not run. */
  async function withDependents(): Promise<void> {
    const service = (name: string, wants: string, start = '/bin/sleep 1d') =>
      `printf '[Unit]\\n${wants}\\n[Service]\\nExecStart=${start}\\n' >/etc/systemd/system/${name}.service`;
    await rig.run(
      'h1',
      [
        service('front', 'Requires=sq.service\\nAfter=sq.service'),
        service('bound', 'BindsTo=sq.service\\nAfter=sq.service'),
        service('part', 'PartOf=sq.service'),
        service('page', 'Requires=front.service\\nAfter=front.service'),
        service('idle', 'Requires=sq.service\\nAfter=sq.service'),
        'systemctl daemon-reload',
        'systemctl start front bound part page',
      ].join('; '),
    );
  }
  const active = (...units: readonly string[]) =>
    rig.run('h1', `systemctl is-active ${units.join(' ')}; true`).then((text) => text.split('\n'));

  test('tells what goes down with it; start brings that back, and nothing else', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await withDependents();
    try {
      const [stopped] = (await stopHost(context, 'h1')).instances;
      expect([...(stopped?.dependents ?? [])].sort()).toEqual([
        'bound.service',
        'front.service',
        'page.service',
        'part.service',
      ]);
      const again = (await stopHost(context, 'h1')).instances[0];
      expect(again).toMatchObject({ state: 'already-stopped', dependents: stopped?.dependents });
      const [started] = (await startHost(context, 'h1')).instances;
      expect(started?.dependents).toEqual(stopped?.dependents);
      expect(await active('sq', 'front', 'bound', 'part', 'page', 'idle')).toEqual([
        ...['active', 'active', 'active', 'active', 'active'],
        'inactive',
      ]);
      expect(await rig.run('h1', 'ls /usr/local/bin/.ranch/stopped')).toBe('');
      await rig.run('h1', 'systemctl stop bound');
      const [restarted] = (await restartHost(context, 'h1')).instances;
      expect(restarted).toMatchObject({ state: 'restarted', dependents: [], stillDown: [] });
      expect(await active('front', 'bound', 'page')).toEqual(['active', 'inactive', 'active']);
    } finally {
      await rig.run(
        'h1',
        'systemctl stop front bound part page idle; rm /etc/systemd/system/{front,bound,part,page,idle}.service',
      );
    }
  });

  test('says which of those does not come back, and tries it again at the next start', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await withDependents();
    const broken = '/etc/systemd/system/page.service';
    try {
      await stopHost(context, 'h1');
      await rig.run(
        'h1',
        `sed -i.was 's,^ExecStart=.*,ExecStart=/nowhere,' ${broken}; systemctl daemon-reload`,
      );
      const [started] = (await startHost(context, 'h1')).instances;
      expect(started).toMatchObject({ state: 'started', stillDown: ['page.service'] });
      await rig.run('h1', `mv ${broken}.was ${broken}; systemctl daemon-reload; systemctl reset-failed`);
      expect((await startHost(context, 'h1')).instances).toMatchObject([
        { state: 'already-running', dependents: ['page.service'], stillDown: [] },
      ]);
    } finally {
      await rig.run(
        'h1',
        'systemctl stop front bound part page idle; rm /etc/systemd/system/{front,bound,part,page,idle}.service',
      );
    }
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
      'p=$(pgrep -x sq); readlink /proc/$p/exe /proc/$p/cwd /proc/$p/fd/1; stat -c %U /proc/$p; grep SigIgn /proc/$p/status; tr "\\0" " " </proc/$p/cmdline; tr "\\0" "\\n" </proc/$p/environ | sort',
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
        deadlineMs: 120_000,
      },
    );
    const before = await pidOf('h1');
    for (const act of [stopHost, startHost, restartHost, backupHost]) {
      await expect(act(context, 'h1')).rejects.toMatchObject({ code: 'host-locked', exitCode: 4 });
    }
    expect(await pidOf('h1')).toBe(before);
    await transport.withShell(spec, (shell) => unitShell(shell, spec).release(lease), {
      deadlineMs: 120_000,
    });
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

test('the real CYOA is what is tested with where it is there', () => {
  expect(existsSync(phext)).toBe(true);
  if (CYOA !== undefined) expect(scrollsOf(content)).toHaveLength(693);
});
