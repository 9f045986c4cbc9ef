import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { lacks } from './content.ts';
import { type Controller, PHEXT, stepEvent } from './controller.ts';
import { DATA, otherBuild, shaOf } from './fleet.ts';
import { fleet, old, ready, target, useFleet } from './rollout-world.ts';
import {
  FOLDERS,
  fill,
  largeDisks,
  MUCH,
  onSmallDisk,
  phextFile,
  run,
  UNIT,
  write,
  writeMuch,
} from './small-disk.ts';
import { sqBinary } from './sq-binary.ts';
import { traces } from './traces.ts';
import { BACK_SECONDS, comesToRun, DEADMAN_SECONDS, ends, IN_A_HURRY, serving, trials } from './trial.ts';
import { lostWrites, startWriters } from './writers.ts';

const PATIENCE_MS = 400_000;
// Each test is one fault.
const faults = countFaults('full disks and writers');
afterEach(({ task }) => faults.add(1, task.result?.state === 'fail' ? 0 : 1));
useFleet(1);

afterEach(largeDisks);

describe('a disk that fills', () => {
  const STEPS = ['stage', 'prove', 'arm', 'switch', 'verify', 'confirm'] as const;
  const ALL = STEPS.flatMap((step) => FOLDERS.map((folder) => [step, folder] as const));
  // of a few: the moments at which something can be lost, and a proof that has no room
  const CASES =
    trials(4) < ALL.length ? ALL.filter(([step], at) => step === 'verify' || at % 5 === 1 || at === 3) : ALL;

  test.each(CASES)(
    'before %s, in %s, under a client: what runs is told, nothing acknowledged is lost, and it goes on when there is room',
    { timeout: PATIENCE_MS },
    async (step, folder) => {
      const controller = await serving(UNIT);
      await onSmallDisk(folder, 40);
      const running = await controller.stoppedAt(stepEvent('step-intended', step), ...IN_A_HURRY);
      await fill(folder);
      // 0.5.1 itself ends at a write that does not fit, and acknowledges nothing
      const much = step === 'verify' || step === 'confirm';
      await (much ? writeMuch() : write());
      running.signal('SIGCONT');
      const ran = await running.ended;
      const [outcome] = ends(ran);
      const told = `${step} ${folder} ${outcome} ${ran.stderr}`;
      expect(['failed', 'reverted', 'changed', 'inconclusive'], told).toContain(outcome);
      if (outcome === 'failed' && step === 'prove') {
        // what was sent and is of no use is not left on a full disk
        expect(await run('ls /usr/local/bin/.ranch/releases'), told).not.toContain(target.slice(0, 12));
      }
      await run(`rm -f ${folder}/filler`);
      // SQ writes all that it holds, not only what is new
      const later = await write();
      expect(lacks(await phextFile(), fleet.content), told).toEqual([]);
      expect(later[0]?.acknowledged, told).toBeGreaterThan(0);
      if (much) expect((await phextFile()).includes(MUCH), told).toBe(true);
      const now = outcome === 'changed' ? target : old;
      if (outcome !== 'failed') expect([told, await fleet.runs('h1')]).toEqual([told, [`1337 ${now}`]]);
      const again = await controller.ranch(...IN_A_HURRY);
      expect([told, again.exitCode], again.stderr).toEqual([told, 0]);
      expect([told, await fleet.runs('h1'), await traces(fleet.rig, 'h1')]).toEqual([
        told,
        [`1337 ${target}`],
        '',
      ]);
      expect(lostWrites(await phextFile(), later), told).toEqual([]);
    },
  );
});

describe('an SQ whose disk was full when it was written to', () => {
  test('is told as unsaved and never ended; when it has written anew, it is changed', {
    timeout: PATIENCE_MS,
  }, async () => {
    const controller: Controller = await serving(UNIT, sqBinary('0.5.2'));
    const other = await otherBuild(sqBinary('0.5.2'), join(controller.folder, 'other-sq'));
    const another = await ready({ h1: 'user: root' }, other);
    await onSmallDisk(DATA.unit, 40);
    await fill(DATA.unit);
    await writeMuch();
    await run(`rm ${DATA.unit}/filler`);
    expect(lacks(await phextFile(), fleet.content)).not.toEqual([]);
    const pid = await run('pgrep -x sq');
    const ran = await another.ranch(...IN_A_HURRY);
    expect(ends(ran), ran.stderr).toEqual(['inconclusive']);
    expect(ran.exitCode).toBe(7);
    expect(JSON.stringify(ran.records)).toContain('"code":"unsaved"');
    expect(await run('pgrep -x sq')).toBe(pid);
    expect(await traces(fleet.rig, 'h1')).toBe('');
    const written = await write();
    const again = await another.ranch(...IN_A_HURRY);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await fleet.runs('h1')).toEqual([`1337 ${await shaOf(other)}`]);
    expect(lacks(await phextFile(), fleet.content)).toEqual([]);
    expect(lostWrites(await phextFile(), written)).toEqual([]);
  });
});

describe('what was written to the new SQ', () => {
  test('is there after the host went back by itself', { timeout: PATIENCE_MS }, async () => {
    const controller = await serving(UNIT);
    await controller.killedAt(stepEvent('step-done', 'switch'), ...IN_A_HURRY);
    const writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT);
    await writers.going;
    await comesToRun(UNIT, old, DEADMAN_SECONDS + BACK_SECONDS);
    const written = await writers.stop();
    expect(await fleet.runs('h1')).toEqual([`1337 ${old}`]);
    expect(lostWrites(await phextFile(), written)).toEqual([]);
    expect(lacks(await phextFile(), fleet.content)).toEqual([]);
    expect(ends(await controller.ranch('resume', '--json'))).toEqual(['reverted']);
  });
});
