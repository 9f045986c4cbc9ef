import { afterEach, describe, expect, test } from 'vitest';
import { allOver, countFaults } from '../faults.ts';
import type { Controller } from './controller.ts';
import { everything } from './everything.ts';
import { type HostHook, plantHook, spread } from './host-hook.ts';
import { fleet, old, target, useFleet, well } from './rollout-world.ts';
import { ends, IN_A_HURRY, type Place, serving, settled, trials } from './trial.ts';

const TRIALS = trials(2);
const PATIENCE_MS = 300_000 + TRIALS * 60_000;

const PLACES: readonly Place[] = [
  { host: 'h1', way: 'unit', user: 'root' },
  { host: 'h2', way: 'user', user: 'ranch' },
  { host: 'h3', way: 'bare', user: 'ranch' },
];

const { survivesEach } = countFaults('repeats and undos');
useFleet(3);

const hooks: HostHook[] = [];
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.remove();
});

/** There and back again. */
async function thereAndBack(controller: Controller, place: Place): Promise<void> {
  await well(controller.ranch(...IN_A_HURRY));
  await settled(place, target);
  await well(controller.ranch('rollback', '--yes', '--json'));
  await settled(place, old);
}

/** One call of a rollout fails: what is told is so, it goes on, and all of it taken back leaves the host as before. */
async function failAt(controller: Controller, place: Place, hook: HostHook, at: number): Promise<void> {
  await hook.catchCall(at, 'fails');
  const ran = await controller.ranch(...IN_A_HURRY);
  const call = `${place.way}, call ${at}: ${await hook.reached()}`;
  await hook.off();
  const [outcome] = ends(ran);
  expect(['changed', 'reverted', 'failed', 'inconclusive'], `${call} ${ran.stderr}`).toContain(outcome);
  const runs = [`1337 ${outcome === 'changed' ? target : old}`];
  expect([call, outcome, await fleet.runs(place.host)]).toEqual([call, outcome, runs]);
  const again = await controller.ranch(...IN_A_HURRY);
  expect([call, again.exitCode], again.stderr).toEqual([call, 0]);
  await settled(place, target);
  await well(controller.ranch('rollback', '--yes', '--json'));
  await settled(place, old);
}

describe('whatever fails, is repeated and is undone', () => {
  test('leaves no file, unit or process behind', { timeout: PATIENCE_MS }, async () => {
    await allOver(
      PLACES.map(async (place) => {
        const controller = await serving(place);
        const hook = await plantHook(fleet.rig, place.host);
        hooks.push(hook);
        await hook.catchCall(0, 'fails');
        await thereAndBack(controller, place);
        const calls = await hook.calls();
        await hook.off();
        const before = await everything(fleet.rig, place.host);
        await thereAndBack(controller, place);
        expect(await everything(fleet.rig, place.host)).toEqual(before);
        await survivesEach(spread(TRIALS, calls.length), async (at) => {
          await failAt(controller, place, hook, at);
          expect([at, await everything(fleet.rig, place.host)]).toEqual([at, before]);
        });
      }),
    );
  });
});
