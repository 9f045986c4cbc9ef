import { afterEach, describe, expect, test } from 'vitest';
import { type Controller, PHEXT, stepEvent } from './controller.ts';
import { DATA } from './fleet.ts';
import type { Ran } from './ranch-program.ts';
import { fleet, old, ROLLOUT, ready, target, useFleet } from './rollout-world.ts';
import { traces } from './traces.ts';
import { lostWrites, startWriters } from './writers.ts';

const UNIT_FILE = '/etc/systemd/system/sq.service';

useFleet(1);

afterEach(async () => {
  await fleet.rig.run(
    'h1',
    'systemctl stop leans.service alarm.service; rm -f /etc/systemd/system/{leans,alarm}.service',
  );
});

/** SQ 0.5.1 as a unit with these lines instead of its own Restart=, and a controller that knows its host. */
async function serving(unit: string, service: string): Promise<Controller> {
  await fleet.serve('h1', 'unit');
  const edits = [
    `sed -i '/^Restart/d; s|^\\[Unit\\]|&\\n${unit}|; s|^\\[Service\\]|&\\n${service}|' ${UNIT_FILE}`,
    "printf '[Service]\\nType=oneshot\\nExecStart=/bin/touch /root/alarmed\\n' >/etc/systemd/system/alarm.service",
    "printf '[Unit]\\nRequires=sq.service\\nAfter=sq.service\\n[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/leans.service",
    'rm -f /root/alarmed',
    'systemctl daemon-reload',
    'systemctl restart sq',
    'systemctl start leans',
    'until ss -Hltn "sport = :1337" | grep -q 1337; do sleep .02; done',
  ];
  await fleet.rig.run('h1', edits.join(' && '));
  return ready({ h1: 'user: root' });
}

const reloads = () =>
  fleet.rig.run('h1', 'journalctl --sync; journalctl -b _PID=1 -g "^Reloading" -o cat | wc -l');
const ends = ({ records }: Ran) =>
  records.filter(({ type }) => type === 'unit-ended').map(({ outcome }) => outcome);

/** What a host must be like when all is over. */
async function settled(sha: string): Promise<void> {
  expect(await fleet.runs('h1')).toEqual([`1337 ${sha}`]);
  expect(await traces(fleet.rig, 'h1')).toBe('');
  const show = 'systemctl show -p ActiveState -p NeedDaemonReload -p Job sq';
  expect(await fleet.rig.run('h1', show)).toBe('ActiveState=active\nJob=\nNeedDaemonReload=no');
  expect(await fleet.rig.run('h1', 'systemctl is-active leans; ls /root/alarmed 2>&1; true')).toMatch(
    /^active\n.*No such file/,
  );
}

describe('a unit is exchanged under writers: nothing is lost, no restart counted, what requires it lives', () => {
  const UNITS: readonly (readonly [name: string, unit: string, service: string, reloads: number])[] = [
    ['that restarts at once', '', 'Restart=always\\nRestartSec=0', 0],
    ['that restarts after a minute', '', 'Restart=on-failure\\nRestartSec=60', 0],
    ['that never restarts', '', 'Restart=no', 0],
    ['whose failure raises an alarm', 'OnFailure=alarm.service', 'Restart=no', 2],
  ];
  test.each(UNITS)('%s', async (_, unit, service, expected) => {
    const controller = await serving(unit, service);
    const before = Number(await reloads());
    const writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT);
    await writers.going;
    const ran = await controller.ranch(...ROLLOUT);
    const written = await writers.stop();
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    await settled(target);
    // With nothing to wait for, systemd itself asks for the start as well, and counts it.
    const restarts = await fleet.rig.run('h1', 'systemctl show -p NRestarts --value sq');
    expect(restarts).toBe(service.endsWith('=0') ? '1' : '0');
    expect(Number(await reloads()) - before).toBe(expected);
    expect(written.length).toBeGreaterThan(0);
    expect(lostWrites(await fleet.onDisk('h1', `${DATA.unit}/${PHEXT}.phext`), written)).toEqual([]);
  });
});

describe.each([
  ['before the old SQ is ended', 1],
  ['after it', 2],
] as const)('a switch that is killed while systemd waits for it, %s', (_, which) => {
  /** A systemctl that kills who asks it for the first or the second restart which is not waited for. */
  const killer = [
    '#!/bin/sh',
    '/usr/bin/systemctl "$@"; rc=$?',
    'case "$*" in "restart --no-block "*) echo >>/root/restarts;; *) exit $rc;; esac',
    `[ $(wc -l </root/restarts) != ${which} ] || kill -KILL $PPID`,
    'exit $rc',
  ];
  const plant = async (): Promise<Controller> => {
    const controller = await serving('', 'Restart=on-failure\\nRestartSec=1');
    const lines = killer.map((line) => `'${line}'`).join(' ');
    const wrapper = '/usr/local/bin/systemctl';
    await fleet.rig.run(
      'h1',
      `rm -f /root/restarts; printf '%s\\n' ${lines} >${wrapper}; chmod 755 ${wrapper}`,
    );
    return controller;
  };
  const killed = () => fleet.rig.run('h1', 'rm /usr/local/bin/systemctl; wc -l </root/restarts');

  test('is taken back by its controller', async () => {
    const controller = await plant();
    const ran = await controller.ranch(...ROLLOUT);
    expect(await killed()).toBe(`${which}`);
    expect([ran.exitCode, ends(ran)]).toEqual([6, ['reverted']]);
    await settled(old);
  });

  test('is taken back by the host, when its controller is killed as well', async () => {
    const controller = await plant();
    await controller.killedAt(stepEvent('step-failed', 'switch'), ...ROLLOUT, '--deadman', '10');
    const timer = 'grep -q "by timer" /usr/local/bin/.ranch/outcome';
    await fleet.rig.run('h1', `timeout 30 sh -c 'until ${timer} 2>/dev/null; do sleep .1; done'`);
    expect(await killed()).toBe(`${which}`);
    const resumed = await controller.ranch('resume', '--json');
    expect(ends(resumed)).toEqual(['reverted']);
    await settled(old);
  });
});
