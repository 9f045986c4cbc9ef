import { afterEach, describe, expect, test } from 'vitest';
import { allOver, countFaults } from '../faults.ts';
import { lacks } from './content.ts';
import { type Controller, PHEXT, stepEvent } from './controller.ts';
import { BINARY, DATA } from './fleet.ts';
import { changingCalls, type HostHook, plantHook } from './host-hook.ts';
import { fleet, old, target, useFleet } from './rollout-world.ts';
import { ends, IN_A_HURRY, logOf, type Place, ranchOf, resume, serving, settled, trials } from './trial.ts';

const TRIALS = trials(2);
const PATIENCE_MS = 300_000 + TRIALS * 30_000;

const PLACES: readonly Place[] = [
  { host: 'h1', way: 'unit', user: 'root' },
  { host: 'h2', way: 'user', user: 'ranch' },
  { host: 'h3', way: 'bare', user: 'ranch' },
];

const { survivesEach } = countFaults('power and damaged binaries');
useFleet(3);

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

/** So many of the calls that a rollout on this host makes when all goes well. */
async function callsOf(place: Place, count: number): Promise<readonly number[]> {
  const [controller, hook] = await hooked(place);
  await hook.catchCall(0, 'fails');
  const ran = await controller.ranch(...IN_A_HURRY);
  expect(ends(ran), ran.stderr).toEqual(['changed']);
  return changingCalls(hook, count);
}

const shaAt = (host: string, path: string): Promise<string> =>
  fleet.rig.run(host, `sha256sum ${path} | cut -c1-64`);

/**
 * After a boot nobody has decided anything yet: a unit runs what is at its path, and that is the old binary unless
 * the new one was confirmed; a bare process is down, with a proven binary at its path.
 */
async function upByItself({ host, way }: Place): Promise<void> {
  const there = await shaAt(host, BINARY[way]);
  expect([old, target]).toContain(there);
  expect(await fleet.runs(host)).toEqual(way === 'bare' ? [] : [`1337 ${there}`]);
  const left = (await fleet.rig.run(host, `ls -A ${ranchOf(way)} 2>/dev/null || true`)).split('\n');
  if (way !== 'bare' && left.some((name) => name === 'armed' || name === 'armed.reverting')) {
    expect(there).toBe(old);
  }
  expect(lacks(await fleet.onDisk(host, `${DATA[way]}/${PHEXT}.phext`), fleet.content)).toEqual([]);
}

/** Power is cut at one call of a rollout whose controller is killed as well; after the boot `resume` ends it. */
async function cutAt(place: Place, at: number): Promise<void> {
  const { host, way } = place;
  const [controller, hook] = await hooked(place);
  await hook.catchCall(at, 'hangs');
  const running = controller.start(...IN_A_HURRY);
  await hook.comes(200);
  running.signal('SIGKILL');
  await running.ended;
  const call = `${way}, call ${at}: ${await hook.reached()}`;
  await fleet.rig.crash(host);
  await fleet.rig.boot(host);
  await hook.off();
  await upByItself(place);
  if (way === 'bare') {
    const swept = await controller.ranch('sweep', '--json');
    expect([call, swept.records.map(({ state }) => state)]).toEqual([call, ['stopped']]);
  }
  const resumed = await resume(controller);
  expect([call, resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([call, 0, ['changed']]);
  await settled(place, target);
  await hook.remove();
}

describe('a power cut at any call that the host makes', () => {
  test('leaves a verified version; resume starts what was by hand, and ends it', {
    timeout: PATIENCE_MS,
  }, async () => {
    await allOver(
      PLACES.map(async (place) => survivesEach(await callsOf(place, TRIALS), (at) => cutAt(place, at))),
    );
  });

  test('while the controller lives: it tells how that ended, and a second rollout ends it', {
    timeout: PATIENCE_MS,
  }, async () => {
    const place: Place = { host: 'h1', way: 'unit', user: 'root' };
    for (const at of await callsOf(place, Math.ceil(TRIALS / 4))) {
      const [controller, hook] = await hooked(place);
      await hook.catchCall(at, 'hangs');
      const running = controller.start(...IN_A_HURRY);
      await hook.comes(200);
      await fleet.rig.crash(place.host);
      await fleet.rig.boot(place.host);
      await hook.off();
      const ran = await running.ended;
      expect(['changed', 'reverted', 'failed', 'unreachable']).toContain(ends(ran)[0]);
      await upByItself(place);
      const again = await controller.ranch(...IN_A_HURRY);
      expect([at, again.exitCode], again.stderr).toEqual([at, 0]);
      await settled(place, target);
    }
  });
});

describe('a binary that was damaged on the host', () => {
  const FLIPPED = ['stage', 'prove', 'arm'] as const;
  test.each(FLIPPED)('after %s is never run, and the next rollout sends it anew', async (after) => {
    const place: Place = { host: 'h1', way: 'unit', user: 'root' };
    const controller = await serving(place);
    const running = await controller.stoppedAt(stepEvent('step-done', after), ...IN_A_HURRY);
    const release = `${ranchOf('unit')}/releases/${target.slice(0, 12)}/sq`;
    const pid = await fleet.rig.run('h1', 'systemctl show -p MainPID --value sq');
    const flip = `cp -p ${release} /tmp/flipped && printf '\\377' | dd of=/tmp/flipped bs=1 seek=100000 conv=notrunc`;
    await fleet.rig.run('h1', `{ ${flip} && mv /tmp/flipped ${release}; } 2>&1`);
    expect(await shaAt('h1', release)).not.toBe(target);
    running.signal('SIGCONT');
    const ran = await running.ended;
    expect(ran.exitCode, ran.stdout).not.toBe(0);
    expect(JSON.stringify(ran.records)).toContain('"code":"upload-corrupt"');
    expect(await fleet.rig.run('h1', 'systemctl show -p MainPID --value sq')).toBe(pid);
    await settled(place, old);
    expect(await logOf(place)).not.toContain(`switched to ${target}`);
    const again = await controller.ranch(...IN_A_HURRY);
    expect([again.exitCode, ends(again)], again.stderr).toEqual([0, ['changed']]);
    await settled(place, target);
  });
});
