import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { allOver, countFaults } from '../faults.ts';
import { Aim } from './aim.ts';
import { type Controller, stepEvent } from './controller.ts';
import type { Running } from './ranch-program.ts';
import { fleet, old, target, useFleet } from './rollout-world.ts';
import {
  BACK_SECONDS,
  type Back,
  comesBack,
  comesToRun,
  DEADMAN_SECONDS,
  deadlineOf,
  ends,
  hideSystemd,
  IN_A_HURRY,
  inTime,
  LATE_SECONDS,
  logOf,
  PLACES,
  type Place,
  resume,
  serving,
  settled,
  trials,
} from './trial.ts';

/** Moments between the switch and the confirmation, one after the other in the trials. */
const MOMENTS = [
  stepEvent('step-done', 'switch'),
  stepEvent('step-intended', 'verify'),
  stepEvent('step-done', 'verify'),
];
const TRIALS = trials(1);
const PATIENCE_MS = 240_000 + TRIALS * 90_000;

const { survives, survivesEach } = countFaults('the dead man’s time');
useFleet(4);

afterAll(() => hideSystemd('h3', false));

/** The cable is pulled while the controller stands still, so that nothing comes in between. */
async function cut(controller: Controller, place: Place, moment: (typeof MOMENTS)[number]): Promise<Running> {
  const running = await controller.stoppedAt(moment, ...IN_A_HURRY);
  await fleet.rig.cut(place.host);
  running.signal('SIGCONT');
  return running;
}

function everyTrial(act: (place: Place, trial: number) => Promise<void>): Promise<void> {
  const all = Array.from({ length: TRIALS }, (_, trial) => trial);
  return allOver(PLACES.map((place) => survivesEach(all, (trial) => act(place, trial))));
}

const momentOf = (trial: number) => MOMENTS[trial % MOMENTS.length] ?? stepEvent('step-done', 'switch');

describe('between the switch and the confirmation', () => {
  test('the controller is killed: each host is back by its deadline, and resume tells it', {
    timeout: PATIENCE_MS,
  }, async () => {
    const backs: Back[] = [];
    await everyTrial(async (place, trial) => {
      const controller = await serving(place);
      await controller.killedAt(momentOf(trial), ...IN_A_HURRY);
      const deadline = await deadlineOf(place);
      expect(await fleet.runs(place.host)).toEqual([`1337 ${target}`]);
      backs.push(await comesBack(place, old, deadline));
      const resumed = await resume(controller);
      expect([resumed.exitCode, ends(resumed)], resumed.stderr).toEqual([6, ['reverted']]);
      await settled(place, old);
    });
    inTime('controllers killed', backs);
  });

  test('the link is cut: each host is back by its deadline, and is told as reverted', {
    timeout: PATIENCE_MS,
  }, async () => {
    const backs: Back[] = [];
    await everyTrial(async (place, trial) => {
      const controller = await serving(place);
      const running = await cut(controller, place, momentOf(trial + 1));
      backs.push(await comesBack(place, old, await deadlineOf(place)));
      await fleet.rig.heal(place.host);
      const ran = await running.ended;
      expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([6, ['reverted']]);
      await settled(place, old);
    });
    inTime('links cut', backs);
  });

  test(
    'power is cut: what is there after the boot is the confirmed version, or is told as stopped',
    { timeout: PATIENCE_MS },
    () =>
      everyTrial(async (place, trial) => {
        const controller = await serving(place);
        const moment = trial % 2 === 0 ? stepEvent('step-done', 'arm') : momentOf(trial);
        await controller.killedAt(moment, ...IN_A_HURRY);
        await fleet.rig.crash(place.host);
        await fleet.rig.boot(place.host);
        expect(await fleet.runs(place.host)).toEqual(place.way === 'bare' ? [] : [`1337 ${old}`]);
        const abort = await controller.ranch('abort', '--json');
        expect([place.host, ends(abort)], abort.stderr).toEqual([place.host, ['reverted']]);
        await settled(place, old);
      }),
  );
});

/** Lets the controller confirm that many milliseconds after its host was armed. */
async function confirmingAt(controller: Controller, afterMs: number): Promise<Running> {
  const running = await controller.stoppedAt(stepEvent('step-intended', 'confirm'), ...IN_A_HURRY);
  const armed = await running.seen(stepEvent('step-done', 'arm'));
  await pause(Number(armed['at']) + afterMs - Date.now());
  running.signal('SIGCONT');
  return running;
}

describe('the confirmation', () => {
  test('and the timer at the same moment: exactly one wins, and all tell the same', {
    timeout: PATIENCE_MS,
  }, async () => {
    const aims = new Map(PLACES.map((place) => [place, new Aim()]));
    await everyTrial(async (place) => {
      const aim = aims.get(place) ?? new Aim();
      const controller = await serving(place);
      const ran = await (await confirmingAt(controller, DEADMAN_SECONDS * 1000 - aim.earlyMs)).ended;
      const won = ends(ran)[0] === 'changed';
      aim.tell(won ? 'confirmation' : 'timer');
      const told = `${place.host} ${ran.stderr}${JSON.stringify(ran.records.slice(-4))}`;
      expect([ends(ran), ran.exitCode], told).toEqual(won ? [['changed'], 0] : [['reverted'], 6]);
      await comesToRun(place, won ? target : old, BACK_SECONDS);
      await settled(place, won ? target : old);
      const decided = (await logOf(place)).filter((line) =>
        /^(confirmed|reverted|nobody confirmed)/.test(line),
      );
      expect(decided).toEqual(
        won
          ? [`confirmed ${target}`]
          : [`nobody confirmed in time: putting ${old} back`, 'reverted by timer'],
      );
    });
    for (const [{ host }, { won, earlyMs }] of aims) {
      console.log(
        `${host}: the confirmation won ${won.confirmation}, the timer ${won.timer}; sent ${earlyMs} ms before it at last`,
      );
      // one that always wins raced nobody
      if (TRIALS >= 10) expect(Math.min(won.confirmation, won.timer)).toBeGreaterThan(0);
    }
  });

  test('in time: no host goes back when its deadline has passed', { timeout: PATIENCE_MS }, () =>
    everyTrial(async (place) => {
      const controller = await serving(place);
      const ran = await controller.ranch(...IN_A_HURRY);
      expect([ran.exitCode, ends(ran)], ran.stderr).toEqual([0, ['changed']]);
      const pid = await fleet.rig.run(place.host, 'pgrep -x sq');
      await pause(
        Number(ran.records.find(stepEvent('step-done', 'arm'))?.['at']) +
          1000 * (DEADMAN_SECONDS + LATE_SECONDS) -
          Date.now(),
      );
      expect(await fleet.rig.run(place.host, 'pgrep -x sq')).toBe(pid);
      await settled(place, target);
    }),
  );
});

describe('a host that ends what a user left at logout', () => {
  const KILLS = '/etc/systemd/logind.conf.d/kills.conf';

  /** Bare SQ as somebody starts it who is not logged in; such a one outlives every logout. */
  async function servingLoggedOut(host: string): Promise<Controller> {
    const controller = await serving({ host, way: 'bare', user: 'ranch' });
    const start =
      "setpriv --reuid ranch --regid ranch --init-groups sh -c 'cd ~ranch/SQ && (setsid nohup ./sq host 1337 >sq.log 2>&1 </dev/null &)'";
    const commands = [
      'pkill -KILL -x sq; while pgrep -x sq; do sleep .02; done',
      `mkdir -p ${KILLS.slice(0, KILLS.lastIndexOf('/'))} && printf '[Login]\\nKillUserProcesses=yes\\n' >${KILLS}`,
      'systemctl restart systemd-logind',
      start,
      "until ss -Hltn 'sport = :1337' | grep -q 1337; do sleep .02; done",
    ];
    await fleet.rig.run(host, commands.join(' && '));
    return controller;
  }

  test('is found out before the switch, and SQ is never touched', { timeout: PATIENCE_MS }, async () => {
    try {
      const controller = await servingLoggedOut('h1');
      const pid = await fleet.rig.run('h1', 'pgrep -x sq');
      for (let trial = 0; trial < TRIALS; trial++) {
        await survives(async () => {
          const ran = await controller.ranch(...IN_A_HURRY);
          expect(ran.exitCode, ran.stdout).not.toBe(0);
          expect(JSON.stringify(ran.records)).toContain('"code":"timer-failed"');
          expect(ran.records.some(stepEvent('step-done', 'switch'))).toBe(false);
          expect(await fleet.rig.run('h1', 'pgrep -x sq')).toBe(pid);
        });
      }
      await settled({ host: 'h1', way: 'bare', user: 'ranch' }, old);
    } finally {
      await fleet.rig.run(
        'h1',
        `rm -rf ${KILLS.slice(0, KILLS.lastIndexOf('/'))}; systemctl restart systemd-logind`,
      );
    }
  });
});
