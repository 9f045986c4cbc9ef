import { describe, expect, test } from 'vitest';
import { lacks } from './content.ts';
import { type Controller, PHEXT, stepEvent } from './controller.ts';
import { DATA } from './fleet.ts';
import type { JsonRecord, Ran } from './ranch-program.ts';
import type { SqWay } from './rig.ts';
import { fleet, old, ROLLOUT, ready, target, useFleet } from './rollout-world.ts';
import { traces } from './traces.ts';

/** The shortest dead man's time there is, so that a test need not wait long for it. */
const DEADMAN_SECONDS = 10;
const IN_A_HURRY = [...ROLLOUT, '--deadman', `${DEADMAN_SECONDS}`] as const;

useFleet(4);

/** SQ 0.5.1 on a host, and a controller that knows that host alone. */
async function serving(host: string, way: SqWay): Promise<Controller> {
  await fleet.serve(host, way);
  return ready({ [host]: way === 'unit' ? 'user: root' : 'user: ranch' });
}

/** What a host must be like when all is over: it runs that, on whole content, and nothing is left. */
async function settled(host: string, way: SqWay, sha: string): Promise<void> {
  expect(await fleet.runs(host)).toEqual([`1337 ${sha}`]);
  expect(await traces(fleet.rig, host)).toBe('');
  expect(lacks(await fleet.onDisk(host, `${DATA[way]}/${PHEXT}.phext`), fleet.content)).toEqual([]);
}

function ends({ records }: Ran): readonly unknown[] {
  return records.filter(({ type }) => type === 'unit-ended').map(({ outcome }) => outcome);
}

/** Waits until the host runs that and nothing is armed any more; throws when `seconds` are over before. */
async function comesToRun(host: string, sha: string, seconds: number): Promise<void> {
  const armed = ['/usr/local/bin', '/home/ranch/SQ', '/home/ranch/.local/bin'].map(
    (at) => `${at}/.ranch/armed*`,
  );
  const runs = `sha256sum /proc/$(pgrep -x "sq(-.*)?" | head -n 1)/exe 2>/dev/null | grep -q ${sha}`;
  const there = `${runs} && ! ls -d ${armed.join(' ')} 2>/dev/null | grep -q .`;
  await fleet.rig.run(host, `timeout ${seconds} sh -c 'until ${there}; do sleep .1; done'`);
}

describe('a controller that is killed', () => {
  const MOMENTS: readonly (readonly [string, (record: JsonRecord) => boolean])[] = [
    ['while it sends the binary', stepEvent('step-intended', 'stage')],
    ['while it proves', stepEvent('step-intended', 'prove')],
    ['when the host is armed', stepEvent('step-done', 'arm')],
    ['in the middle of the switch', stepEvent('step-intended', 'switch')],
    ['after the switch', stepEvent('step-done', 'switch')],
    ['after the confirmation', stepEvent('step-done', 'confirm')],
  ];
  for (const [when, fits] of MOMENTS) {
    test(`${when}: resume completes the rollout and leaves nothing`, async () => {
      const controller = await serving('h1', 'unit');
      const killed = await controller.killedAt(fits, ...ROLLOUT);
      expect([killed.exitCode, ends(killed)]).toEqual([null, []]);
      const began = performance.now();
      const resumed = await controller.ranch('resume', '--json');
      expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed']]);
      expect(performance.now() - began).toBeLessThan(30_000);
      await settled('h1', 'unit', target);
    });
  }

  test('is another at the bare process and the user unit', async () => {
    await Promise.all(
      (
        [
          ['h2', 'user'],
          ['h4', 'bare'],
        ] as const
      ).map(async ([host, way]) => {
        const controller = await serving(host, way);
        await controller.killedAt(stepEvent('step-intended', 'switch'), ...ROLLOUT);
        const resumed = await controller.ranch('resume', '--json');
        expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed']]);
        await settled(host, way, target);
      }),
    );
  });

  test('and that nobody resumes: each host goes back by itself, and resume says so', async () => {
    const ways = [
      ['h1', 'unit'],
      ['h2', 'user'],
      ['h3', 'bare'],
    ] as const;
    await Promise.all(
      ways.map(async ([host, way]) => {
        const controller = await serving(host, way);
        const killed = await controller.killedAt(stepEvent('step-done', 'switch'), ...IN_A_HURRY);
        expect(await fleet.runs(host)).toEqual([`1337 ${target}`]);
        const armed = killed.records.find(stepEvent('step-done', 'arm'));
        const passed = (Date.now() - Number(armed?.['at'])) / 1000;
        await comesToRun(host, old, Math.ceil(DEADMAN_SECONDS + 5 - passed));
        const resumed = await controller.ranch('resume', '--json');
        expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([6, ['reverted']]);
        await settled(host, way, old);
      }),
    );
  });
});

describe('a link that is cut between the switch and the confirmation', () => {
  /** The controller stands still while the cable is pulled, so that nothing comes in between. */
  async function cutAfterSwitch(controller: Controller, host: string, args: readonly string[]) {
    const running = controller.start(...args);
    await running.seen(stepEvent('step-done', 'switch'));
    running.signal('SIGSTOP');
    await fleet.rig.cut(host);
    running.signal('SIGCONT');
    return running;
  }

  test('and healed in time: the rollout goes on', async () => {
    const controller = await serving('h1', 'unit');
    const running = await cutAfterSwitch(controller, 'h1', ROLLOUT);
    await fleet.rig.run('h1', 'sleep 3');
    await fleet.rig.heal('h1');
    const ran = await running.ended;
    expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([0, ['changed']]);
    await settled('h1', 'unit', target);
  });

  test('and healed too late: the host is back by itself, and is told as reverted', async () => {
    const controller = await serving('h1', 'unit');
    const running = await cutAfterSwitch(controller, 'h1', IN_A_HURRY);
    await comesToRun('h1', old, DEADMAN_SECONDS + 5);
    await fleet.rig.heal('h1');
    const ran = await running.ended;
    expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([6, ['reverted']]);
    await settled('h1', 'unit', old);
  });
});

describe('a power cut between the switch and the confirmation', () => {
  test('brings the unit up on the version that was verified; resume goes on', async () => {
    const controller = await serving('h1', 'unit');
    await controller.killedAt(stepEvent('step-done', 'switch'), ...ROLLOUT);
    await fleet.rig.crash('h1');
    await fleet.rig.boot('h1');
    expect(await fleet.runs('h1')).toEqual([`1337 ${old}`]);
    const resumed = await controller.ranch('resume', '--json');
    expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed']]);
    await settled('h1', 'unit', target);
  });

  test('leaves a bare process down, as any power cut does; resume starts it again and goes on', async () => {
    const controller = await serving('h3', 'bare');
    await controller.killedAt(stepEvent('step-done', 'switch'), ...ROLLOUT);
    await fleet.rig.crash('h3');
    await fleet.rig.boot('h3');
    expect(await fleet.runs('h3')).toEqual([]);
    const resumed = await controller.ranch('resume', '--json');
    expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed']]);
    await settled('h3', 'bare', target);
  });
});
