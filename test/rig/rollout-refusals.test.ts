import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Controller, PHEXT, stepEvent } from './controller.ts';
import { DATA } from './fleet.ts';
import type { JsonRecord, Ran } from './ranch-program.ts';
import { fleet, old, ROLLOUT, ready, target, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { traces } from './traces.ts';

const HOSTS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

useFleet(6);

/** h1 with SQ 0.5.1 as root's unit, and a controller of it. */
async function one(): Promise<Controller> {
  await fleet.serve('h1', 'unit');
  return ready({ h1: 'user: root' });
}

const pidOf = (host: string): Promise<string> => fleet.rig.run(host, "pgrep -x 'sq(-.*)?' || echo none");

/** How each host ended, with the code of the trouble that led to it. */
function ends({ records }: Ran): Readonly<Record<string, string>> {
  const rows = records.filter(({ type }) => type === 'unit-ended');
  return Object.fromEntries(rows.map((row) => [row['host'], [row['outcome'], codeOf(row)].join(' ').trim()]));
}

function codeOf({ trouble }: JsonRecord): string {
  return typeof trouble === 'object' && trouble !== null && 'code' in trouble ? String(trouble.code) : '';
}

/** Runs `act`, and sees that the SQ of a host went on as it was, and that nothing was left there. */
async function untouched(host: string, act: () => Promise<void>): Promise<void> {
  const before = await pidOf(host);
  await act();
  expect(await pidOf(host)).toBe(before);
  expect(await fleet.runs(host)).toEqual([`1337 ${old}`]);
  expect(await traces(fleet.rig, host)).toBe('');
}

describe('hosts that cannot be reached', () => {
  test('are each told with their reason; the others go on, and the exit code is 3', async () => {
    await Promise.all(HOSTS.map((host) => fleet.serve(host, 'bare')));
    await fleet.rig.nologin('h5', true);
    await fleet.rig.cut('h6');
    const controller = await ready({
      h1: 'user: ranch',
      h2: 'user: stranger',
      h3: 'user: ranch',
      h4: 'user: ranch',
      h5: 'user: ranch',
      h6: 'user: ranch',
      nowhere: 'user: ranch, address: no-such-host.invalid',
      elsewhere: `user: ranch, address: ${fleet.rig.address('h1')}, port: 9`,
    });
    const known = join(controller.folder, 'state/known_hosts');
    const lines = (await readFile(known, 'utf8')).split('\n');
    const keyOf = (host: string) => lines.find((line) => line.startsWith(`${host},`))?.split(' ')[2] ?? '';
    const changed = lines
      .filter((line) => !line.startsWith('h3,'))
      .map((line) => (line.startsWith('h4,') ? line.replace(keyOf('h4'), keyOf('h1')) : line));
    await writeFile(known, changed.join('\n'));

    const ran = await controller.ranch(...ROLLOUT);
    expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([3, { h1: 'changed' }]);
    const status = await controller.ranch('status', '--json');
    const codes = status.records.flatMap((record) => {
      const [, host, code] = /"host":"(\w+)".*?"code":"([\w-]+)"/.exec(JSON.stringify(record)) ?? [];
      return host === undefined ? [] : [[host, code]];
    });
    expect(Object.fromEntries(codes)).toEqual({
      h2: 'authentication-failed',
      h3: 'host-key-unknown',
      h4: 'host-key-changed',
      h5: 'host-booting',
      h6: 'unreachable',
      nowhere: 'name-unknown',
      elsewhere: 'connection-refused',
    });

    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`]);
    for (const host of ['h2', 'h3', 'h4', 'h5'])
      expect([host, await fleet.runs(host)]).toEqual([host, [`1337 ${old}`]]);
    await fleet.reset('h5', 'h6');
  });

  test('that goes down on the way is unreachable; within the budget the others go on', async () => {
    // half of four may be down: one is, and another can be switched
    const names = ['h1', 'h2', 'h3', 'h4'];
    await Promise.all(names.map((host) => fleet.serve(host, 'bare')));
    const controller = await ready(Object.fromEntries(names.map((host) => [host, 'user: ranch'])));
    const moment = stepEvent('step-done', 'lease', 'h1');
    const running = await controller.stoppedAt(moment, ...ROLLOUT, '--budget', '1', '--max-parallel', '1');
    await fleet.rig.crash('h2');
    running.signal('SIGCONT');
    const ran = await running.ended;
    expect([ran.exitCode, Object.keys(ends(ran)).length], ran.stderr).toEqual([3, 4]);
    expect(ends(ran)).toMatchObject({
      h1: 'changed',
      h2: expect.stringMatching(/^unreachable/),
      h3: 'changed',
      h4: 'changed',
    });
    await fleet.reset('h2');
  });
});

describe('sudo with a password', () => {
  test('a wrong one is refused and changes nothing; the right one does the job', async () => {
    await fleet.serve('h1', 'unit');
    const controller = await ready({ h1: 'user: guard, become: sudo' });
    const { users } = await fleet.rig.environment();
    const password = users.find(({ name }) => name === 'guard')?.password ?? '';
    await untouched('h1', async () => {
      const nobody = await controller.ranch(...ROLLOUT);
      expect([nobody.exitCode, nobody.stdout]).toEqual([expect.any(Number), expect.stringContaining('sudo')]);
      expect(nobody.exitCode).not.toBe(0);
      const wrong = await controller.typing(['wrong'], ...ROLLOUT);
      expect(wrong.exitCode).not.toBe(0);
      expect(wrong.stdout).toContain('the password is wrong');
    });
    const right = await controller.typing([password], ...ROLLOUT);
    expect(right.exitCode, right.stdout).toBe(0);
    expect(right.stdout).not.toContain(password);
    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`]);
    expect(await traces(fleet.rig, 'h1')).toBe('');
  });
});

describe('a host that does not let it', () => {
  test('no room beside the binary', async () => {
    await fleet.rig.reset('h1');
    await fleet.rig.run('h1', 'mount -t tmpfs -o size=2m tmpfs /usr/local/bin');
    try {
      await fleet.rig.putContent('h1', fleet.phextFile, PHEXT);
      await fleet.rig.run('h1', 'true');
      await mounted();
      const controller = await ready({ h1: 'user: root' });
      await untouched('h1', async () => {
        const ran = await controller.ranch(...ROLLOUT);
        expect([ran.exitCode, ends(ran)]).toEqual([1, { h1: 'failed disk-full' }]);
      });
    } finally {
      await fleet.rig.run('h1', 'systemctl stop sq; umount -l /usr/local/bin');
    }

    /** The rig writes to the host's disk, under the mount: the binary is put above it by the host itself. */
    async function mounted(): Promise<void> {
      await fleet.rig.run('h1', 'umount /usr/local/bin');
      await fleet.rig.startSq('unit', 'h1', sqBinary('0.5.1'));
      await fleet.rig.run(
        'h1',
        'cp /usr/local/bin/sq /tmp/sq && mount -t tmpfs -o size=2m tmpfs /usr/local/bin && mv /tmp/sq /usr/local/bin/sq && systemctl restart sq && until ss -Hltn "sport = :1337" | grep -q 1337; do sleep .02; done',
      );
    }
  });

  test('no room for the data', async () => {
    await fleet.serve('h1', 'unit');
    await fleet.rig.run(
      'h1',
      `systemctl stop sq; mv ${DATA.unit} /tmp/data && mkdir ${DATA.unit} && mount -t tmpfs -o size=9m tmpfs ${DATA.unit} && cp -a /tmp/data/. ${DATA.unit} && rm -rf /tmp/data && systemctl start sq && until ss -Hltn 'sport = :1337' | grep -q 1337; do sleep .02; done`,
    );
    try {
      const controller = await ready({ h1: 'user: root' });
      await untouched('h1', async () => {
        const ran = await controller.ranch(...ROLLOUT);
        expect([ran.exitCode, ends(ran)]).toEqual([1, { h1: 'failed disk-full' }]);
      });
    } finally {
      await fleet.rig.run('h1', `systemctl stop sq; umount -l ${DATA.unit}`);
    }
  });

  test('no right to write beside the binary', async () => {
    await fleet.serve('h3', 'bare');
    await fleet.rig.run(
      'h3',
      'chown root:root /home/ranch/SQ && chmod 755 /home/ranch/SQ && chown ranch /home/ranch/SQ/*',
    );
    const controller = await ready({ h3: 'user: ranch' });
    await untouched('h3', async () => {
      const ran = await controller.ranch(...ROLLOUT);
      expect([ran.exitCode, ran.stdout]).toEqual([1, expect.stringContaining('is not writable for ranch')]);
    });
  });
});

describe('an artifact that does not fit', () => {
  test('of another architecture is not taken for this one, and no host is touched', async () => {
    const controller = await one();
    await untouched('h1', async () => {
      const elf = await readFile(sqBinary('0.5.2'));
      elf.writeUInt16LE(0xb7, 18); // aarch64
      const file = join(controller.folder, 'arm-sq');
      await writeFile(file, elf, { mode: 0o755 });
      const wrong = await controller.ranch(
        'artifact',
        'add',
        file,
        '--version',
        '0.5.3',
        '--platform',
        'linux-x86_64-gnu',
      );
      expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('artifact-invalid')]);
      const ran = await controller.ranch('rollout', 'v0.5.3', '--yes');
      expect([ran.exitCode, ran.stderr]).toEqual([
        2,
        expect.stringMatching(/artifact add[\s\S]*artifact build/),
      ]);
    });
  });
});

describe('two at once', () => {
  test('at one state folder: the second is turned away with 4', async () => {
    const controller = await one();
    const running = await controller.stoppedAt(stepEvent('step-done', 'lease'), ...ROLLOUT);
    const second = await controller.ranch(...ROLLOUT);
    running.signal('SIGCONT');
    expect([second.exitCode, second.stderr]).toEqual([4, expect.stringContaining('state-locked')]);
    expect((await running.ended).exitCode).toBe(0);
  });

  test('at one host from two machines: the second finds it locked and leaves it alone', async () => {
    const first = await one();
    const second = await ready({ h1: 'user: root' });
    const running = await first.stoppedAt(stepEvent('step-done', 'lease'), ...ROLLOUT);
    const ran = await second.ranch(...ROLLOUT);
    running.signal('SIGCONT');
    expect([ran.exitCode, ends(ran)]).toEqual([4, { h1: 'failed host-locked' }]);
    expect(await running.ended).toMatchObject({ exitCode: 0 });
    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`]);
    expect(await traces(fleet.rig, 'h1')).toBe('');
  });
});

describe('Ctrl-C', () => {
  test('once: pauses after the step with 7 and keeps nothing on the host; resume goes on', async () => {
    const controller = await one();
    await untouched('h1', async () => {
      const running = controller.signalledAt(stepEvent('step-intended', 'prove'), ['SIGINT'], ...ROLLOUT);
      const ran = await running.ended;
      expect([ran.exitCode, ran.records.some(stepEvent('step-done', 'prove'))]).toEqual([7, true]);
    });
    expect((await controller.ranch('resume', '--json')).exitCode).toBe(0);
    expect(await fleet.runs('h1')).toEqual([`1337 ${target}`]);
  });

  test('once, in the middle of a switch: the host is brought to its end first', async () => {
    const controller = await one();
    const running = controller.signalledAt(stepEvent('step-intended', 'switch'), ['SIGINT'], ...ROLLOUT);
    const ran = await running.ended;
    expect(ends(ran)).toEqual({ h1: 'changed' });
    expect([0, 7]).toContain(ran.exitCode);
    expect(await traces(fleet.rig, 'h1')).toBe('');
  });

  for (const at of ['prove', 'switch'] as const) {
    test(`twice, at ${at}: stops at once with 130; resume goes on`, async () => {
      const controller = await one();
      const moment = stepEvent('step-intended', at);
      const running = controller.signalledAt(moment, ['SIGINT', 'SIGINT'], ...ROLLOUT);
      expect((await running.ended).exitCode).toBe(130);
      const resumed = await controller.ranch('resume', '--json');
      expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, { h1: 'changed' }]);
      expect(await fleet.runs('h1')).toEqual([`1337 ${target}`]);
      expect(await traces(fleet.rig, 'h1')).toBe('');
    });
  }
});

describe('a saved plan', () => {
  test('is refused when somebody restarted SQ since', async () => {
    const controller = await one();
    const plan = await controller.ranch('plan', 'v0.5.2', '-o', 'plan.json');
    expect(plan.exitCode, plan.stderr).toBe(0);
    await fleet.rig.run(
      'h1',
      'systemctl restart sq; until ss -Hltn "sport = :1337" | grep -q 1337; do sleep .02; done',
    );
    await untouched('h1', async () => {
      const ran = await controller.ranch('rollout', '--plan', 'plan.json', '--yes');
      expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringMatching(/plan-stale[\s\S]*h1/)]);
    });
  });
});

describe('words that mean nothing', () => {
  test('are told before any host is touched', async () => {
    const controller = await one();
    await untouched('h1', async () => {
      const tries = [
        [['rollout', 'banana', '--yes'], 'version-invalid'],
        [['rollout', 'v9.9.9', '--yes'], 'artifact-missing'],
        [['rollout', 'v0.5.2', '--hosts', 'h9', '--yes'], 'no-such-host'],
        [['rollout', 'v0.5.2', '--tags', 'blue', '--yes'], 'no-such-tag'],
        [['rollout', 'v0.5.2', '--no-input'], 'input-needed'],
      ] as const;
      for (const [words, code] of tries) {
        const ran = await controller.ranch(...words);
        expect([words, ran.exitCode, ran.stderr]).toEqual([words, 2, expect.stringContaining(code)]);
      }
      await rm(join(controller.folder, 'state/artifacts'), { recursive: true });
      const gone = await controller.ranch(...ROLLOUT);
      expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringContaining('artifact-missing')]);
    });
  });
});
