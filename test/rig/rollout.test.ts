import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REAL } from '../real-sq/binaries.ts';
import { lacks } from './content.ts';
import { type Controller, openController, PHEXT } from './controller.ts';
import { BINARY, DATA, otherBuild, shaOf } from './fleet.ts';
import type { Ran } from './ranch-program.ts';
import type { SqWay } from './rig.ts';
import { fleet, old, ROLLOUT, ready, target, useFleet, well } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { traces } from './traces.ts';
import { lostWrites, startWriters } from './writers.ts';

/** Six hosts: each way of running SQ, each way of becoming root, one behind another. */
const SIX = {
  h1: 'user: root',
  h2: 'user: ranch',
  h3: 'user: ranch',
  h4: 'user: ranch',
  h5: 'user: ranch, become: sudo',
  h6: 'user: root, jump: h1',
} as const;
type Host = keyof typeof SIX;
const HOSTS = Object.keys(SIX).filter((name): name is Host => name in SIX);
const WAYS: Readonly<Record<Host, SqWay>> = {
  h1: 'unit',
  h2: 'user',
  h3: 'bare',
  h4: 'bare',
  h5: 'unit',
  h6: 'unit',
};
const UNIT = BINARY.unit;

useFleet(6);

/** The end of each host by the program's own record. */
function outcomes({ records }: Ran): Readonly<Record<string, unknown>> {
  const ends = records.filter(({ type }) => type === 'unit-ended');
  return Object.fromEntries(ends.map(({ host, outcome }) => [host, outcome]));
}

function rollout(controller: Controller, ...more: readonly string[]): Promise<Ran> {
  return controller.ranch(...ROLLOUT, ...more);
}

/** All there is to know of a bare process but its number, and of its binary. */
function asItRuns(host: string): Promise<string> {
  return fleet.rig.run(
    host,
    `p=$(pgrep -x sq); readlink /proc/$p/exe /proc/$p/cwd /proc/$p/fd/1 /proc/$p/fd/2; stat -c %U /proc/$p; grep Umask /proc/$p/status; tr "\\0" " " </proc/$p/cmdline; sort -z </proc/$p/environ | tr "\\0\\n" "|~"; stat -c "%a %U %G" ${BINARY.bare}`,
  );
}

/** SQ by hand with an environment, a umask and arguments that are easily got wrong. */
async function startOddly(host: string): Promise<void> {
  await fleet.rig.run(host, 'kill -9 $(pgrep -x sq); while pgrep -x sq; do sleep .02; done; true');
  await fleet.rig.run(
    `ranch@${host}`,
    `cd SQ && chmod 711 sq && umask 027 && export ODD="it's \\"odd\\" \\$HOME
on two lines" && (setsid nohup ./sq host 1337 >'an sq.log' 2>&1 </dev/null &) && until ss -Hltn 'sport = :1337' | grep -q 1337; do sleep .02; done`,
  );
}

describe('six real hosts', () => {
  let controller: Controller;

  beforeAll(async () => {
    await Promise.all(HOSTS.map((host) => fleet.serve(host, WAYS[host])));
    await fleet.rig.jump('h6', 'h1');
    await startOddly('h3');
    await fleet.rig.run('h1', `chmod 750 ${UNIT} && chown root:staff ${UNIT}`);
    controller = await openController(fleet.rig, SIX, false);
  });

  afterAll(async () => {
    await controller?.remove();
  });

  async function everywhere(sha: string): Promise<void> {
    const troubles = await Promise.all(
      HOSTS.map(async (host) => {
        const file = await fleet.onDisk(host, `${DATA[WAYS[host]]}/${PHEXT}.phext`);
        return [host, await fleet.runs(host), await traces(fleet.rig, host), lacks(file, fleet.content)];
      }),
    );
    expect(troubles).toEqual(HOSTS.map((host) => [host, [`1337 ${sha}`], '', []]));
  }

  test('host keys are recorded, behind a jump host as well', async () => {
    const ran = await well(controller.ranch('trust', '--yes'));
    for (const host of HOSTS) expect(ran.stdout).toContain(host);
  });

  test('a sweep shows all as behind, a plan names waves and what is sent', async () => {
    await well(controller.ranch('artifact', 'add', sqBinary('0.5.2'), '--version', '0.5.2'));
    const swept = await well(controller.ranch('sweep', '--json'));
    expect(swept.records.map(({ host, state }) => `${host} ${state}`)).toEqual(
      HOSTS.map((host) => `${host} behind`),
    );
    const planned = await well(controller.ranch('plan', 'v0.5.2'));
    expect(planned.stdout).toMatch(/6 hosts in 2 waves[\s\S]*Wave 1 of 2: canary, 1 host[\s\S]*Wave 2 of 2/);
  });

  test('are brought to 0.5.2 as they were run; nothing else is left of it', async () => {
    const bare = await asItRuns('h3');
    const looks = 'stat -c "%a %U:%G" /usr/local/bin/sq';
    expect(await fleet.rig.run('h1', looks)).toBe('750 root:staff');
    const ran = await well(rollout(controller));
    expect(outcomes(ran)).toEqual(Object.fromEntries(HOSTS.map((host) => [host, 'changed'])));
    await everywhere(target);
    expect(await asItRuns('h3')).toBe(bare);
    expect(await fleet.rig.run('h1', looks)).toBe('750 root:staff');
    for (const host of ['h1', 'h5', 'h6']) {
      expect(await fleet.rig.run(host, 'systemctl show -p NRestarts -p ActiveState -p Restart sq')).toBe(
        'Restart=on-failure\nNRestarts=0\nActiveState=active',
      );
    }
    expect(await fleet.rig.run('ranch@h2', 'systemctl --user show -p NRestarts -p ActiveState sq')).toBe(
      'NRestarts=0\nActiveState=active',
    );
    const swept = await well(controller.ranch('sweep', '--json'));
    expect(swept.records.map(({ host, state }) => `${host} ${state}`)).toEqual(
      HOSTS.map((host) => `${host} in-sync`),
    );
  });

  test('go on as they are when there is nothing to do', async () => {
    const pids = await Promise.all(HOSTS.map((host) => fleet.rig.run(host, 'pgrep -x sq')));
    await well(rollout(controller));
    expect(await Promise.all(HOSTS.map((host) => fleet.rig.run(host, 'pgrep -x sq')))).toEqual(pids);
  });

  test('go back with one command, and forward again without sending anything', async () => {
    const bare = await asItRuns('h3');
    const back = await well(controller.ranch('rollback', '--yes', '--bake', '0', '--json'));
    expect(outcomes(back)).toEqual(Object.fromEntries(HOSTS.map((host) => [host, 'changed'])));
    await everywhere(old);
    expect(await asItRuns('h3')).toBe(bare);
    const again = await well(rollout(controller));
    const sent = again.records.filter(({ type, step }) => type === 'step-done' && step === 'stage');
    expect(sent.map(({ facts }) => facts)).toEqual(HOSTS.map(() => expect.objectContaining({ sent: false })));
    await everywhere(target);
  });
});

describe('two instances of one binary', () => {
  const HOST = {
    h1: 'user: root, instances: [{ port: 1337, phext: content }, { port: 1339, phext: content }]',
  };

  beforeAll(async () => {
    await fleet.serve('h1', 'unit');
    await fleet.rig.putContent('h1', fleet.phextFile, PHEXT, 'unit', 1339);
    await fleet.rig.startSq('unit', 'h1', sqBinary('0.5.1'), 1339);
    await fleet.rig.run(
      'h1',
      'systemctl restart sq; until ss -Hltn "sport = :1337" | grep -q 1337; do sleep .02; done',
    );
  });

  test('where the second does not start, both go back', async () => {
    // its unit has a word in which binary it is started with
    await fleet.rig.run(
      'h1',
      `sed -i 's|^ExecStart=.*|ExecStartPre=/bin/sh -c "! sha256sum ${UNIT} \\| grep -q ${target}"\\n&|' /etc/systemd/system/sq-1339.service && systemctl daemon-reload`,
    );
    const controller = await ready(HOST);
    const ran = await rollout(controller);
    expect([ran.exitCode, outcomes(ran)]).toEqual([6, { h1: 'reverted' }]);
    expect(await fleet.runs('h1')).toEqual([`1337 ${old}`, `1339 ${old}`]);
    expect(await traces(fleet.rig, 'h1')).toBe('');
    await fleet.rig.run(
      'h1',
      'sed -i /ExecStartPre/d /etc/systemd/system/sq-1339.service && systemctl daemon-reload',
    );
  });

  test('where somebody takes the port of the second, the first is back, and the host is told as failed', async () => {
    const controller = await ready(HOST);
    // it tries for the port all the time, and has it in the instant in which SQ is restarted
    await fleet.rig.run(
      'h1',
      `setsid perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); until (bind(S, sockaddr_in(1339, INADDR_ANY))) { select undef, undef, undef, 0.0005 } listen(S, 1); sleep 60' >/dev/null 2>&1 </dev/null &`,
    );
    const ran = await rollout(controller);
    await fleet.rig.run('h1', 'pkill -x perl');
    expect([ran.exitCode, outcomes(ran)]).toEqual([1, { h1: 'failed' }]);
    expect(ran.stdout).toContain('revert-failed');
    expect(await fleet.runs('h1')).toContain(`1337 ${old}`);
    expect(await fleet.rig.run('h1', `sha256sum <${UNIT}`)).toContain(old);
    await fleet.rig.run(
      'h1',
      `systemctl reset-failed; systemctl restart sq-1339; until ss -Hltn 'sport = :1339' | grep -q 1339; do sleep .02; done`,
    );
    // for the person who is needed now, nothing is locked
    const again = await well(rollout(controller));
    expect(outcomes(again)).toEqual({ h1: 'changed' });
    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`, `1339 ${target}`]);
    expect(await traces(fleet.rig, 'h1')).toBe('');
    await well(controller.ranch('rollback', '--yes', '--bake', '0'));
  });

  test('are one switch: both are new, and back again', async () => {
    const controller = await ready(HOST);
    const ran = await well(rollout(controller));
    expect(ran.records.filter(({ type, step }) => type === 'step-done' && step === 'switch')).toHaveLength(1);
    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`, `1339 ${target}`]);
    expect(await traces(fleet.rig, 'h1')).toBe('');
    await well(controller.ranch('rollback', '--yes', '--bake', '0'));
    expect(await fleet.runs('h1')).toEqual([`1337 ${old}`, `1339 ${old}`]);
  });
});

describe('under four writers', () => {
  test('no write that was acknowledged is lost, and no file is torn: there, back, and from 0.5.1', async () => {
    await Promise.all([fleet.serve('h1', 'unit', sqBinary('0.5.2')), fleet.serve('h4', 'bare')]);
    const controller = await ready({ h1: 'user: root', h4: 'user: ranch' });
    const other = await otherBuild(sqBinary('0.5.2'), join(controller.folder, 'other-sq'));
    await well(controller.ranch('artifact', 'add', other, '--version', '0.5.2', '--replace'));
    const writers = { h1: writersOn('h1'), h4: writersOn('h4') };
    await Promise.all(Object.values(writers).map(({ going }) => going));
    const there = await rollout(controller);
    const back = await controller.ranch('rollback', '--hosts', 'h1', '--yes', '--bake', '0', '--json');
    for (const host of ['h1', 'h4'] as const) {
      const written = await writers[host].stop();
      const file = await fleet.onDisk(host, `${DATA[WAYS[host]]}/${PHEXT}.phext`);
      expect([host, ...lacks(file, fleet.content), ...lostWrites(file, written)]).toEqual([host]);
    }
    expect([there.exitCode, outcomes(there)], there.stderr).toEqual([0, { h1: 'changed', h4: 'changed' }]);
    expect([back.exitCode, outcomes(back)], back.stderr).toEqual([0, { h1: 'changed' }]);
    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`]);
    expect(await fleet.runs('h4')).toEqual([`1337 ${await shaOf(other)}`]);
  });

  function writersOn(host: string) {
    return startWriters(fleet.rig.address(host), 1337, PHEXT);
  }
});

describe('a build that says 0.5.2 and cannot serve this content', () => {
  test('fails at the proof; the live server never notices', async () => {
    await fleet.serve('h1', 'unit');
    const locked = REAL.find(
      ({ known }) => known.version === '0.5.2' && known.libphext === '0.3.0',
    )?.binary();
    const controller = await ready({ h1: 'user: root' }, locked);
    const before = await fleet.rig.run('h1', 'pgrep -x sq');
    const ran = await rollout(controller);
    expect([ran.exitCode, outcomes(ran)]).toEqual([1, { h1: 'failed' }]);
    const failed = ran.records.filter(({ type }) => type === 'step-failed');
    expect(failed).toMatchObject([{ step: 'prove', trouble: { code: 'proof-failed' } }]);
    expect(await fleet.rig.run('h1', 'pgrep -x sq')).toBe(before);
    expect(await traces(fleet.rig, 'h1')).toBe('');
  });
});
