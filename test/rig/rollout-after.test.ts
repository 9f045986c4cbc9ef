import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { allOver, countFaults } from '../faults.ts';
import { PHEXT, stepEvent } from './controller.ts';
import { BINARY, DATA, otherBuild, shaOf } from './fleet.ts';
import { plantHook } from './host-hook.ts';
import { fleet, old, ready, target, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { ends, IN_A_HURRY, type Place, ranchOf, resume, serving, settled } from './trial.ts';

const PATIENCE_MS = 300_000;
const UNIT: Place = { host: 'h1', way: 'unit', user: 'root' };
const USER: Place = { host: 'h2', way: 'user', user: 'ranch' };
const BARE: Place = { host: 'h3', way: 'bare', user: 'ranch' };

const { survives } = countFaults('hosts that went away in a rollout that has ended since');
useFleet(3);

/**
 * Ends the connections of a host whose cable is pulled: what they still had to send would arrive when that is healed, the
 * release of the lease among it.
 */
async function forgetConnections({ host, user }: Place): Promise<void> {
  const ended = `sleep 1; pkill -KILL -f '^sshd(-session)?: ${user}@notty'; touch /run/forgot`;
  await fleet.rig.run(host, `rm -f /run/forgot; systemd-run --quiet sh -c "${ended}"`);
}

/** Cut off after a step, for as long as the rollout lasts: the next one out of its state folder takes its lease over. */
async function cutOff(place: Place, step: 'lease' | 'prove'): Promise<void> {
  const { host, user } = place;
  const controller = await serving(place);
  const running = await controller.stoppedAt(stepEvent('step-done', step), ...IN_A_HURRY);
  await fleet.rig.cut(host);
  await forgetConnections(place);
  running.signal('SIGCONT');
  const ran = await running.ended;
  expect([host, ran.exitCode, ends(ran)], ran.stderr).toEqual([host, 3, ['unreachable']]);
  await fleet.rig.run(host, 'test -e /run/forgot');
  await fleet.rig.heal(host);
  // The lease still lasts: nobody else gets it.
  const other = await ready({ [host]: `user: ${user}` });
  expect(await other.ranch(...IN_A_HURRY)).toMatchObject({ exitCode: 4 });
  const retried = await controller.ranch('retry', '--yes', '--json');
  expect([host, retried.exitCode, ends(retried)], retried.stderr).toEqual([host, 0, ['changed']]);
  await settled(place, target);
}

/** The power goes as the new binary has taken its place: the next rollout goes back to what was there before that. */
async function placed(): Promise<void> {
  const { host } = BARE;
  const controller = await serving(BARE);
  const hook = await plantHook(fleet.rig, host);
  await hook.catchCall(`^sync ${dirname(BINARY.bare)}$`, 'hangs');
  const running = controller.start(...IN_A_HURRY);
  await hook.comes(200);
  await fleet.rig.crash(host);
  const ran = await running.ended;
  expect([host, ends(ran)], ran.stderr).toEqual([host, ['unreachable']]);
  await fleet.rig.boot(host);
  await hook.remove();
  const lies = await fleet.rig.run(host, `sha256sum ${BINARY.bare} | cut -c1-64`);
  expect([lies, await fleet.runs(host)]).toEqual([target, []]);

  const build = await otherBuild(sqBinary('0.5.2'), join(controller.folder, 'another-sq'));
  // Of somebody else, who has to say where to look.
  const where = `binary: ${BINARY.bare}, dataDir: ${DATA.bare}`;
  const next = await ready(
    { [host]: `user: ranch, instances: [{ port: 1337, phext: ${PHEXT}, ${where} }]` },
    build,
  );
  const stopped = ['--include', 'stopped'] as const;
  const planned = await next.ranch('plan', 'v0.5.2', ...stopped, '--json');
  expect(JSON.stringify(planned.records)).toContain(`"from":{"sha256":"${old}"`);
  const again = await next.ranch(...IN_A_HURRY, ...stopped);
  expect([host, again.exitCode, ends(again)], again.stderr).toEqual([host, 0, ['changed']]);
  await settled(BARE, await shaOf(build));
}

test(
  'a host that went away in a rollout which has ended since is changed by the next',
  {
    timeout: PATIENCE_MS,
  },
  () =>
    allOver([
      survives(() => cutOff(UNIT, 'lease')),
      survives(() => cutOff(USER, 'prove')),
      survives(() => placed()),
    ]),
);

test(
  'two bare SQs of two binaries, the host booted after the first was switched: resume brings up both',
  {
    timeout: PATIENCE_MS,
  },
  () =>
    survives(async () => {
      const { host } = BARE;
      await serving(BARE);
      await fleet.rig.putContent(host, fleet.phextFile, PHEXT, 'bare', 1338);
      await fleet.rig.startSq('bare', host, sqBinary('0.5.1'), 1338);
      const instances = `[{ port: 1337, phext: ${PHEXT} }, { port: 1338, phext: ${PHEXT} }]`;
      const controller = await ready({ [host]: `user: ranch, instances: ${instances}` });
      await controller.killedAt(stepEvent('step-done', 'switch'), ...IN_A_HURRY);
      await fleet.rig.crash(host);
      await fleet.rig.boot(host);
      expect(await fleet.runs(host)).toEqual([]);
      const resumed = await resume(controller);
      expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed', 'changed']]);
      expect(await fleet.runs(host)).toEqual([`1337 ${target}`, `1338 ${target}`]);
      const left = `ls -d ${ranchOf('bare')}/lease ${ranchOf('bare')}/armed* 2>/dev/null || true`;
      expect(await fleet.rig.run(host, left)).toBe('');
    }),
);
