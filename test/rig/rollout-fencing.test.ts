import { afterEach, describe, expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { type Controller, stepEvent } from './controller.ts';
import { type HostHook, plantHook } from './host-hook.ts';
import type { Running } from './ranch-program.ts';
import { fleet, old, ready, target, useFleet } from './rollout-world.ts';
import {
  BACK_SECONDS,
  comesToRun,
  DEADMAN_SECONDS,
  ends,
  IN_A_HURRY,
  logOf,
  type Place,
  ranchOf,
  serving,
  settled,
  trials,
} from './trial.ts';

const TRIALS = trials(2);
const PATIENCE_MS = 300_000 + TRIALS * 60_000;
const UNIT: Place = { host: 'h1', way: 'unit', user: 'root' };
const OWNER = `${ranchOf('unit')}/lease/owner`;

// Each test is one fault at least.
const faults = countFaults('fencing');
afterEach(({ task }) => faults.add(1, task.result?.state === 'fail' ? 0 : 1));
useFleet(1);

const hooks: HostHook[] = [];
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.remove();
});

/** Two machines that know the same host and nothing of each other. */
async function two(): Promise<readonly [Controller, Controller]> {
  return [await serving(UNIT), await ready({ h1: 'user: root' })];
}

/** A lease lasts a quarter of an hour: the host's own record of it is made old, as if that had passed. */
const ageLease = () => fleet.rig.run('h1', `read h t e b <${OWNER} && echo "$h $t 0 $b" >${OWNER}`);

/** What changed something on the host, beside who held it when. */
const changes = async () => (await logOf(UNIT)).filter((line) => !line.startsWith('lease '));
const pid = () => fleet.rig.run('h1', 'pgrep -x sq');

/** Another does it all while the first stands still; the first then goes on, and changes nothing any more. */
async function overtaken(first: Running, second: Controller, before?: () => Promise<void>): Promise<void> {
  await ageLease();
  const ran = await second.ranch(...IN_A_HURRY);
  expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([0, ['changed']]);
  const was = [await changes(), await pid()];
  await before?.();
  first.signal('SIGCONT');
  const stale = await first.ended;
  expect(stale.exitCode, stale.stdout).not.toBe(0);
  expect(JSON.stringify(stale.records)).toContain('"code":"token-stale"');
  expect(ends(stale)[0]).not.toBe('changed');
  expect([await changes(), await pid()]).toEqual(was);
  await settled(UNIT, target);
}

describe('a controller that stood still beyond its lease', () => {
  const ALL = ['stage', 'prove', 'arm', 'switch'] as const;
  const BEFORE = ALL.filter((_, at) => TRIALS > 2 || at % 2 === 1);
  test.each(BEFORE)(
    'before %s, and goes on when another has been there: changes nothing, and says so',
    { timeout: PATIENCE_MS },
    async (step) => {
      const [first, second] = await two();
      const running = await first.stoppedAt(
        step === 'switch' ? stepEvent('step-done', 'arm') : stepEvent('step-intended', step),
        ...IN_A_HURRY,
      );
      await overtaken(running, second);
    },
  );

  test('while it sends the binary: what then arrives is no release', { timeout: PATIENCE_MS }, async () => {
    const [first, second] = await two();
    const hook = await plantHook(fleet.rig, 'h1');
    hooks.push(hook);
    await hook.catchCall('dd of=[^ ]*/tmp.upload', 'waits');
    const running = first.start(...IN_A_HURRY);
    await hook.comes(200);
    running.signal('SIGSTOP');
    await overtaken(running, second, () => hook.off());
  });

  test('after its switch: the host goes back by itself, and the other says what it found', {
    timeout: PATIENCE_MS,
  }, async () => {
    const [first, second] = await two();
    const running = await first.stoppedAt(stepEvent('step-done', 'switch'), ...IN_A_HURRY);
    await ageLease();
    const looked = await second.ranch(...IN_A_HURRY);
    expect(ends(looked)).not.toContain('changed');
    await comesToRun(UNIT, old, DEADMAN_SECONDS + BACK_SECONDS);
    running.signal('SIGCONT');
    const ran = await running.ended;
    expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([6, ['reverted']]);
    await settled(UNIT, old);
  });
});

test('a switch under way is not taken over, however old its lease', { timeout: PATIENCE_MS }, async () => {
  const [first, second] = await two();
  const hook = await plantHook(fleet.rig, 'h1');
  hooks.push(hook);
  await hook.catchCall('mv -f [^ ]*/tmp.ready', 'waits');
  const running = first.start(...IN_A_HURRY);
  await hook.comes(200);
  const owner = await fleet.rig.run('h1', `cat ${OWNER}`);
  await ageLease();
  const ran = await second.ranch(...IN_A_HURRY);
  expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([4, ['failed']]);
  expect(JSON.stringify(ran.records)).toContain('"code":"host-locked"');
  await fleet.rig.run('h1', `echo '${owner}' >${OWNER}`);
  await hook.off();
  const done = await running.ended;
  expect([done.exitCode, ends(done)], done.stderr).toEqual([0, ['changed']]);
  await hook.remove();
  await settled(UNIT, target);
});

test('two that start at once: one changes the host, the other finds it locked or changed', {
  timeout: PATIENCE_MS,
}, async () => {
  for (let trial = 0; trial < TRIALS; trial++) {
    const both = await two();
    const rans = await Promise.all(both.map((controller) => controller.ranch(...IN_A_HURRY)));
    const changed = rans.filter((ran) => ends(ran).includes('changed'));
    expect(rans.map(({ exitCode }) => exitCode).sort(), rans.map(({ stderr }) => stderr).join()).toEqual([
      0,
      expect.toBeOneOf([0, 1, 2, 4]),
    ]);
    expect(changed).toHaveLength(1);
    const log = await changes();
    expect(log.filter((line) => line === `switched to ${target}`)).toHaveLength(1);
    await settled(UNIT, target);
  }
});
