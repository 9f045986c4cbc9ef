import { beforeAll, expect, test } from 'vitest';
import { toldIn } from '../checks/told.ts';
import { type Controller, PHEXT } from './controller.ts';
import { DATA } from './fleet.ts';
import { fleet, ready, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

/** A unit with the target, the old version by hand, and the target by hand on busybox. */
const HOSTS = { h1: 'user: root', h3: 'user: ranch', h4: 'user: ranch' } as const;

useFleet(4);
beforeAll(async () => {
  await fleet.serve('h1', 'unit', sqBinary('0.5.2'));
  await fleet.serve('h3', 'bare', sqBinary('0.5.1'));
  await fleet.serve('h4', 'bare', sqBinary('0.5.2'));
});

async function smoke(controller: Controller, ...args: readonly string[]) {
  const ran = await controller.ranch('smoke', '--json', ...args);
  const told = toldIn(ran.stdout);
  return { ran, told };
}

test('on real hosts, under writers: all holds, nothing is lost or left, and 0.5.1 is not asked', async () => {
  const controller = await ready(HOSTS);
  const before = await fleet.rig.run('h3', `stat -c %Y.%Z ${DATA.bare}/${PHEXT}.phext`);
  const writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT);
  await writers.going;
  const { ran, told } = await smoke(controller);
  const written = await writers.stop();
  expect(told.filter(({ ok }) => !ok)).toEqual([]);
  expect(written.map(({ failed }) => failed)).toEqual([0, 0, 0, 0]);
  expect(ran.exitCode).toBe(0);
  expect(told.filter(({ check, got }) => check === 'smoke binary' && got.endsWith('as pinned'))).toHaveLength(
    2,
  );
  expect(told.filter(({ check }) => check === 'smoke held').map(({ host }) => host)).toEqual(['h1', 'h4']);
  expect(lostWrites(await fleet.onDisk('h1', `${DATA.unit}/${PHEXT}.phext`), written)).toEqual([]);
  for (const [host, dir] of [
    ['h1', DATA.unit],
    ['h4', DATA.bare],
  ] as const) {
    expect(await fleet.rig.run(host, `ls ${dir} | grep -c '^ranch-' || true`)).toBe('0');
  }
  expect(await fleet.rig.run('h3', `stat -c %Y.%Z ${DATA.bare}/${PHEXT}.phext`)).toBe(before);
});

test('an SQ that died of its content is told as critical, with what to do', async () => {
  const controller = await ready({ h1: 'user: root' });
  await fleet.serve('h1', 'unit', sqBinary('0.5.2'));
  const bad = `${DATA.unit}/bad.phext`;
  await fleet.rig.run('h1', `printf '\\377\\376' >${bad}`);
  const url = `http://${fleet.rig.address('h1')}:1337/api/v2/select?p=bad&c=1.1.1/1.1.1/1.1.1`;
  await fetch(url).catch(() => undefined); // it panics, with its lock held
  await fleet.rig.run('h1', `rm ${bad}`);
  const { ran, told } = await smoke(controller);
  expect(ran.exitCode).toBe(1);
  const [first] = told.filter(({ ok }) => !ok);
  expect(first?.got).toMatch(/500|without an answer/);
});
