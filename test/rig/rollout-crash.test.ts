import { afterEach, describe, expect, test } from 'vitest';
import { allOver, countFaults } from '../faults.ts';
import { type Controller, type Moment, stepEvent } from './controller.ts';
import { changingCalls, type HostHook, plantHook } from './host-hook.ts';
import { fleet, ROLLOUT, target, useFleet } from './rollout-world.ts';
import { ends, logOf, type Place, resume, serving, settled, trials } from './trial.ts';

const UNIT: Place = { host: 'h1', way: 'unit', user: 'root' };

const TRIALS = trials(1);
const PATIENCE_MS = 300_000 + TRIALS * 60_000;

const faults = countFaults('controllers and links on real hosts');
useFleet(4);

/** Each test of a block is one fault at least. */
const countTests = () => afterEach(({ task }) => faults.add(1, task.result?.state === 'fail' ? 0 : 1));

/** `resume` ends the rollout of a controller that died; what was done before is not done again, and nothing is left. */
async function resumes(controller: Controller, place: Place, told: string): Promise<void> {
  const resumed = await resume(controller);
  expect([told, resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([told, 0, ['changed']]);
  await settled(place, target);
  const log = await logOf(place);
  for (const once of [`staged ${target}`, `switched to ${target}`, `confirmed ${target}`]) {
    expect([told, once, log.filter((line) => line === once).length]).toEqual([told, once, 1]);
  }
}

describe('a controller that is killed', () => {
  countTests();
  const MOMENTS: readonly (readonly [string, Moment])[] = [
    ['while it sends the binary', stepEvent('step-intended', 'stage')],
    ['while it proves', stepEvent('step-intended', 'prove')],
    ['when the host is armed', stepEvent('step-done', 'arm')],
    ['in the middle of the switch', stepEvent('step-intended', 'switch')],
    ['after the switch', stepEvent('step-done', 'switch')],
    ['after the confirmation', stepEvent('step-done', 'confirm')],
  ];
  for (const [when, fits] of MOMENTS) {
    test(`${when}: resume completes the rollout and leaves nothing`, async () => {
      const controller = await serving(UNIT);
      const killed = await controller.killedAt(fits, ...ROLLOUT);
      expect([killed.exitCode, ends(killed)]).toEqual([null, []]);
      await resumes(controller, UNIT, when);
    });
  }

  test('is another at the bare process and the user unit', async () => {
    await Promise.all(
      (
        [
          { host: 'h2', way: 'user', user: 'ranch' },
          { host: 'h4', way: 'bare', user: 'ranch' },
        ] as const
      ).map(async (place) => {
        const controller = await serving(place);
        await controller.killedAt(stepEvent('step-intended', 'switch'), ...ROLLOUT);
        await resumes(controller, place, place.way);
      }),
    );
  });
});

describe('a controller that is killed while its host makes any call', () => {
  const PLACES_OF_CALLS: readonly Place[] = [
    UNIT,
    { host: 'h2', way: 'user', user: 'ranch' },
    { host: 'h3', way: 'bare', user: 'ranch' },
  ];
  const hooks: HostHook[] = [];
  afterEach(async () => {
    for (const hook of hooks.splice(0)) await hook.remove();
  });

  async function hooked(place: Place): Promise<readonly [Controller, HostHook]> {
    const controller = await serving(place);
    const hook = await plantHook(fleet.rig, place.host);
    hooks.push(hook);
    return [controller, hook];
  }

  /** The host's script is held at that call, and goes on by itself while `resume` comes. */
  async function killedAtCall(place: Place, at: number): Promise<void> {
    const [controller, hook] = await hooked(place);
    await hook.catchCall(at, 'waits');
    const running = controller.start(...ROLLOUT);
    await hook.comes(200);
    running.signal('SIGKILL');
    await running.ended;
    const told = `${place.way}, call ${at}: ${await hook.reached()}`;
    await hook.off();
    await resumes(controller, place, told);
    await hook.remove();
  }

  test('resume completes the rollout, does nothing twice and leaves nothing', {
    timeout: PATIENCE_MS,
  }, async () => {
    await allOver(
      PLACES_OF_CALLS.map(async (place) => {
        const [controller, hook] = await hooked(place);
        await hook.catchCall(0, 'fails');
        const ran = await controller.ranch(...ROLLOUT);
        expect(ends(ran), ran.stderr).toEqual(['changed']);
        await faults.survivesEach(await changingCalls(hook, TRIALS), (at) => killedAtCall(place, at));
      }),
    );
  });
});

describe('a link that is cut between the switch and the confirmation', () => {
  countTests();
  /** The controller stands still while the cable is pulled, so that nothing comes in between. */
  async function cutAfterSwitch(controller: Controller, host: string, args: readonly string[]) {
    const running = await controller.stoppedAt(stepEvent('step-done', 'switch'), ...args);
    await fleet.rig.cut(host);
    running.signal('SIGCONT');
    return running;
  }

  test('and healed in time: the rollout goes on', async () => {
    const controller = await serving(UNIT);
    const running = await cutAfterSwitch(controller, 'h1', ROLLOUT);
    await fleet.rig.run('h1', 'sleep 3');
    await fleet.rig.heal('h1');
    const ran = await running.ended;
    expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([0, ['changed']]);
    await settled(UNIT, target);
  });
});
