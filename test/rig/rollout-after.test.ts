import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { PHEXT, stepEvent } from './controller.ts';
import { BINARY, DATA, otherBuild, shaOf } from './fleet.ts';
import { plantHook } from './host-hook.ts';
import { fleet, old, ready, target, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { ends, IN_A_HURRY, type Place, ranchOf, resume, serving, settled } from './trial.ts';

const PATIENCE_MS = 300_000;
const BARE: Place = { host: 'h3', way: 'bare', user: 'ranch' };

const { survives } = countFaults('hosts that went away in a rollout that has ended since');
useFleet(3);

/** What a connection still had to send when its cable was pulled arrives when that is healed: here nothing may. */
const FORGET = `systemd-run --quiet sh -c "sleep 1; pkill -KILL -f '^sshd(-session)?: root@notty'; touch /run/forgot"`;

test.each(['lease', 'prove'] as const)(
  'a host that was cut off after %s is changed by the retry, which takes its lease over',
  { timeout: PATIENCE_MS },
  async (step) =>
    survives(async () => {
      const place: Place = { host: 'h1', way: 'unit', user: 'root' };
      const controller = await serving(place);
      const running = await controller.stoppedAt(stepEvent('step-done', step), ...IN_A_HURRY);
      await fleet.rig.cut('h1');
      await fleet.rig.run('h1', `rm -f /run/forgot; ${FORGET}`);
      running.signal('SIGCONT');
      const ran = await running.ended;
      expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([3, ['unreachable']]);
      await fleet.rig.run('h1', 'test -e /run/forgot');
      await fleet.rig.heal('h1');
      // Its lease still lasts: nobody else gets it.
      const other = await ready({ h1: 'user: root' });
      expect(await other.ranch(...IN_A_HURRY)).toMatchObject({ exitCode: 4 });
      const retried = await controller.ranch('retry', '--yes', '--json');
      expect([retried.exitCode, ends(retried)], retried.stderr).toEqual([0, ['changed']]);
      await settled(place, target);
    }),
);

test(
  'a binary that was placed as the power went, by a rollout that is over, is no way back and in nobody’s way',
  { timeout: PATIENCE_MS },
  async () =>
    survives(async () => {
      const controller = await serving(BARE);
      const hook = await plantHook(fleet.rig, BARE.host);
      // What follows when the new binary has taken its place.
      await hook.catchCall(`^sync ${dirname(BINARY.bare)}$`, 'hangs');
      const running = controller.start(...IN_A_HURRY);
      await hook.comes(200);
      await fleet.rig.crash(BARE.host);
      const ran = await running.ended;
      expect(ends(ran), ran.stderr).toEqual(['unreachable']);
      await fleet.rig.boot(BARE.host);
      await hook.remove();
      const lies = await fleet.rig.run(BARE.host, `sha256sum ${BINARY.bare} | cut -c1-64`);
      expect([lies, await fleet.runs(BARE.host)]).toEqual([target, []]);

      const build = await otherBuild(sqBinary('0.5.2'), join(tmpdir(), 'ranch-another-sq'));
      // Of somebody else, who has to say where to look.
      const where = `binary: ${BINARY.bare}, dataDir: ${DATA.bare}`;
      const fields = `user: ranch, instances: [{ port: 1337, phext: ${PHEXT}, ${where} }]`;
      const next = await ready({ [BARE.host]: fields }, build);
      const planned = await next.ranch('plan', 'v0.5.2', '--include', 'stopped', '--json');
      expect(JSON.stringify(planned.records)).toContain(`"from":{"sha256":"${old}"`);
      const again = await next.ranch(...IN_A_HURRY, '--include', 'stopped');
      expect([again.exitCode, ends(again)], again.stderr).toEqual([0, ['changed']]);
      await settled(BARE, await shaOf(build));
    }),
);

test(
  'two bare SQs of two binaries, the host booted after the first was switched: resume brings up both',
  { timeout: PATIENCE_MS },
  async () =>
    survives(async () => {
      await serving(BARE);
      await fleet.rig.putContent(BARE.host, fleet.phextFile, PHEXT, 'bare', 1338);
      await fleet.rig.startSq('bare', BARE.host, sqBinary('0.5.1'), 1338);
      const instances = `[{ port: 1337, phext: ${PHEXT} }, { port: 1338, phext: ${PHEXT} }]`;
      const controller = await ready({ [BARE.host]: `user: ranch, instances: ${instances}` });
      await controller.killedAt(stepEvent('step-done', 'switch'), ...IN_A_HURRY);
      await fleet.rig.crash(BARE.host);
      await fleet.rig.boot(BARE.host);
      expect(await fleet.runs(BARE.host)).toEqual([]);
      const resumed = await resume(controller);
      expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([0, ['changed', 'changed']]);
      expect(await fleet.runs(BARE.host)).toEqual([`1337 ${target}`, `1338 ${target}`]);
      const left = await fleet.rig.run(
        BARE.host,
        `ls -d ${ranchOf('bare')}/lease ${ranchOf('bare')}/armed* || true`,
      );
      expect(left).not.toContain('/.ranch/');
    }),
);
