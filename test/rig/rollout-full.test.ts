import { afterEach, describe, expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { lacks } from './content.ts';
import { type Controller, PHEXT } from './controller.ts';
import { changingCalls, type HostHook, plantHook } from './host-hook.ts';
import { fleet, old, target, useFleet } from './rollout-world.ts';
import {
  FOLDERS,
  fill,
  largeDisks,
  MUCH,
  onSmallDisk,
  phextFile,
  run,
  UNIT,
  writeMuch,
} from './small-disk.ts';
import { traces } from './traces.ts';
import { ends, IN_A_HURRY, serving, trials } from './trial.ts';
import { lostWrites, startWriters, type Writers } from './writers.ts';

const TRIALS = trials(2);
const PATIENCE_MS = 300_000 + TRIALS * 120_000;

const { survivesEach } = countFaults('disks that fill at any call');
useFleet(1);

const hooks: HostHook[] = [];
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.remove();
  await largeDisks();
});

async function hooked(folder: string): Promise<readonly [Controller, HostHook]> {
  await largeDisks();
  const controller = await serving(UNIT);
  await onSmallDisk(folder, 40);
  const hook = await plantHook(fleet.rig, 'h1');
  hooks.push(hook);
  return [controller, hook];
}

/** SQ writes all that it holds when it is written to: what the full disk did not take is there then. */
async function writesAll(): Promise<void> {
  const url = `http://127.0.0.1:1337/api/v2/update?p=${PHEXT}&c=1.1.1/1.1.1/1.3.2`;
  expect(await run(`curl -s --data-binary room '${url}'`)).toMatch(/Updated/);
}

/** Fills the disk at one call; a client writes from then on, and what was acknowledged is there in the end. */
async function fullAt(folder: string, at: number): Promise<void> {
  const [controller, hook] = await hooked(folder);
  await hook.catchCall(at, 'waits');
  const running = controller.start(...IN_A_HURRY);
  await hook.comes(200);
  await fill(folder);
  const call = `${folder}, call ${at}: ${await hook.reached()}`;
  // 0.5.1 itself ends at a write that does not fit, and acknowledges nothing
  const much = (await fleet.runs('h1')).includes(`1337 ${target}`);
  if (much) await writeMuch();
  const writers: Writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT, 1);
  await hook.off();
  const ran = await running.ended;
  const [outcome] = ends(ran);
  const told = `${call} ${outcome} ${ran.stderr}`;
  await run(`rm -f ${folder}/filler`);
  const written = await writers.stop();
  await writesAll();
  const file = await phextFile();
  expect([told, lostWrites(file, written), lacks(file, fleet.content)]).toEqual([told, [], []]);
  if (much) expect(file.includes(MUCH), told).toBe(true);
  expect(['failed', 'reverted', 'changed', 'inconclusive'], told).toContain(outcome);
  const now = outcome === 'changed' ? target : old;
  if (outcome !== 'failed') expect([told, await fleet.runs('h1')]).toEqual([told, [`1337 ${now}`]]);
  const again = await controller.ranch(...IN_A_HURRY);
  expect([told, again.exitCode], again.stderr).toEqual([told, 0]);
  await hook.remove();
  await settledOnSmallDisk(told);
}

/** As `settled`, read through the host: what is mounted there does not show from outside. */
async function settledOnSmallDisk(told: string): Promise<void> {
  expect([told, await fleet.runs('h1')]).toEqual([told, [`1337 ${target}`]]);
  expect([told, await traces(fleet.rig, 'h1')]).toEqual([told, '']);
}

describe.each(FOLDERS)('a disk that fills while a step goes on, in %s', (folder) => {
  test('nothing acknowledged is lost, and it goes on when there is room', {
    timeout: PATIENCE_MS,
  }, async () => {
    const [controller, hook] = await hooked(folder);
    await hook.catchCall(0, 'fails');
    const ran = await controller.ranch(...IN_A_HURRY);
    expect(ends(ran), ran.stderr).toEqual(['changed']);
    await survivesEach(await changingCalls(hook, TRIALS), (at) => fullAt(folder, at));
  });
});
