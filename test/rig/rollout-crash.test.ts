import { afterEach, describe, expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { type Controller, type Moment, stepEvent } from './controller.ts';
import { fleet, ROLLOUT, target, useFleet } from './rollout-world.ts';
import { ends, logOf, type Place, serving, settled } from './trial.ts';

const UNIT: Place = { host: 'h1', way: 'unit', user: 'root' };

// Each test is one fault at least.
const faults = countFaults('controllers and links on real hosts');
afterEach(({ task }) => faults.add(1, task.result?.state === 'fail' ? 0 : 1));
useFleet(4);

describe('a controller that is killed', () => {
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
      const resumed = await controller.ranch('resume', '--json');
      expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed']]);
      await settled(UNIT, target);
      // what was done before the controller died is not done again
      const log = await logOf(UNIT);
      for (const once of [`staged ${target}`, `switched to ${target}`, `confirmed ${target}`]) {
        expect([once, log.filter((line) => line === once).length]).toEqual([once, 1]);
      }
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
        const resumed = await controller.ranch('resume', '--json');
        expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed']]);
        await settled(place, target);
      }),
    );
  });
});

describe('a link that is cut between the switch and the confirmation', () => {
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
