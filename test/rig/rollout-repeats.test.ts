import { afterEach, describe, expect, test } from 'vitest';
import type { Controller } from './controller.ts';
import { everything } from './everything.ts';
import { type HostHook, plantHook, spread } from './host-hook.ts';
import { fleet, old, target, useFleet, well } from './rollout-world.ts';
import { ends, IN_A_HURRY, type Place, serving, settled, trials } from './trial.ts';

const TRIALS = trials(4);
const PATIENCE_MS = 120_000 + TRIALS * 60_000;

const PLACES: readonly Place[] = [
  { host: 'h1', way: 'unit', user: 'root' },
  { host: 'h2', way: 'user', user: 'ranch' },
  { host: 'h3', way: 'bare', user: 'ranch' },
];

useFleet(3);

const hooks: HostHook[] = [];
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.remove();
});

/** There and back again, as often as that. */
async function thereAndBack(controller: Controller, place: Place, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await well(controller.ranch(...IN_A_HURRY));
    await settled(place, target);
    await well(controller.ranch('rollback', '--yes', '--json'));
    await settled(place, old);
  }
}

describe('whatever fails, is repeated and is undone', () => {
  test.each(PLACES)(
    'of a $way SQ leaves no file, unit or process behind',
    { timeout: PATIENCE_MS },
    async (place) => {
      const { host } = place;
      const controller = await serving(place);
      const hook = await plantHook(fleet.rig, host);
      hooks.push(hook);
      await hook.catchCall(0, 'fails');
      await thereAndBack(controller, place, 1);
      const calls = await hook.calls();
      await thereAndBack(controller, place, 1);
      const before = await everything(fleet.rig, host);

      for (const at of spread(TRIALS, calls.length)) {
        await hook.catchCall(at, 'fails');
        const ran = await controller.ranch(...IN_A_HURRY);
        const call = `call ${at}: ${await hook.reached()}`;
        await hook.off();
        const [outcome] = ends(ran);
        expect(['changed', 'reverted', 'failed', 'inconclusive'], `${call} ${ran.stderr}`).toContain(outcome);
        expect([call, await fleet.runs(host)]).toEqual([
          call,
          [`1337 ${outcome === 'changed' ? target : old}`],
        ]);
        const retried = await controller.ranch(...IN_A_HURRY);
        expect([call, retried.exitCode], retried.stderr).toEqual([call, 0]);
        await settled(place, target);
        await well(controller.ranch('rollback', '--yes', '--json'));
        await settled(place, old);
        expect([call, await everything(fleet.rig, host)]).toEqual([call, before]);
      }
    },
  );
});
