import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { REAL } from '../real-sq/binaries.ts';
import { type Controller, PHEXT } from './controller.ts';
import { DATA } from './fleet.ts';
import type { JsonRecord } from './ranch-program.ts';
import { fleet, ready, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

/** Six hosts, SQ kept in three ways, h3 without curl, h4 with busybox for a shell and tools. */
const HOSTS = {
  h1: 'user: root, sentinel: Phex',
  h2: 'user: root',
  h3: 'user: ranch',
  h4: 'user: ranch',
  h5: 'user: root',
  h6: 'user: root, sentinel: Verse',
} as const;
const NAMES = Object.keys(HOSTS);
const way = (host: string) => (host === 'h3' || host === 'h4' ? 'bare' : 'unit');
const relayOf = (host: string) => `${DATA[way(host)]}/sibling-relay.phext`;
const OF_PEOPLE = '{"from":"Phex","to":"Lux","subject":"dusk","body":"the gate is open"}';

useFleet(6);
beforeAll(async () => {
  for (const host of NAMES) await fleet.serve(host, way(host), sqBinary('0.5.2'));
});

let controller: Controller;
beforeEach(async () => {
  controller = await ready(HOSTS);
});

const mending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const mend of mending.splice(0).reverse()) await mend();
});

/** Something that is put back whatever comes of the test. */
async function broken(host: string, command: string, mend: string): Promise<void> {
  mending.push(() => fleet.rig.run(host, mend));
  await fleet.rig.run(host, command);
}

async function mesh(...args: readonly string[]) {
  const ran = await controller.ranch('mesh', '--json', ...args);
  const of = (type: string): readonly JsonRecord[] => ran.records.filter((record) => record['type'] === type);
  const [report = {}] = of('mesh');
  const bad = of('finding').filter(({ ok }) => ok === false);
  const ways = of('mesh-pair').map(({ from, to, state }) => `${from} -> ${to}: ${state}`);
  return { ran, report, bad, ways, pairs: of('mesh-pair') };
}

const whole = () =>
  NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => `${from} -> ${to}: ok`));

test('six real hosts under writers: all reach all, all is read, nothing is lost and nothing stays', async () => {
  for (const host of ['h1', 'h3']) {
    await broken(host, `printf '%s' '${OF_PEOPLE}' >${relayOf(host)}`, `rm ${relayOf(host)}`);
  }
  const writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT, 2);
  await writers.going;
  const { ran, report, bad, ways } = await mesh();
  const written = await writers.stop();
  expect({ exitCode: ran.exitCode, report, bad }).toMatchObject({
    exitCode: 0,
    report: { verdict: 'full', agreed: '0.5.2', mail: { sent: 60, read: 60, boxes: 6, leftAlone: 0 } },
  });
  // The writers' scrolls are on h1 alone, and that is told.
  expect(bad.map(({ host, check }) => `${host} ${check}`)).toEqual(['h1 mesh content']);
  expect(String(bad[0]?.['got'])).toContain('1.1.1/1.1.1/1.2.1');
  expect([...ways].sort()).toEqual(whole().sort());
  for (const { failed } of written) expect(failed).toBe(0);
  expect(lostWrites(await fleet.onDisk('h1', `${DATA.unit}/${PHEXT}.phext`), written)).toEqual([]);
  for (const host of ['h1', 'h3'])
    expect((await fleet.onDisk(host, relayOf(host))).toString()).toBe(OF_PEOPLE);
  for (const host of NAMES) {
    const files = await fleet.rig.run(host, `cd ${DATA[way(host)]} && ls *.phext`);
    const relay = host === 'h1' || host === 'h3' ? ['sibling-relay.phext'] : [];
    expect(files.split('\n')).toEqual([`${PHEXT}.phext`, ...relay]);
  }
  const status = await fetch(`http://${fleet.rig.address('h2')}:1337/api/v2/status?p=${PHEXT}`);
  expect(await status.text()).toContain(`${PHEXT}.phext`);
});

/** From now on, and to the end of the test, the host's sshd forwards nothing. */
async function forbidForwarding(host: string): Promise<void> {
  const file = '/etc/ssh/sshd_config.d/00-forwarding.conf';
  const reload = 'systemctl reload ssh';
  await broken(host, `echo AllowTcpForwarding no >${file}; ${reload}`, `rm ${file}; ${reload}`);
}

test('hosts whose sshd does not forward ask by a program of their own', async () => {
  const silent = ['h2', 'h3', 'h4'];
  for (const host of silent) await forbidForwarding(host);
  const { ran, report, bad, pairs } = await mesh();
  expect(ran.exitCode, ran.stdout).toBe(0);
  expect(bad.map(({ host, check }) => `${host} ${check}`)).toEqual(['h1 mesh content']);
  expect(report).toMatchObject({ verdict: 'full', mail: { sent: 60, read: 60 } });
  for (const { from, via } of pairs) {
    expect(via === 'forwarding').toBe(!silent.includes(String(from)));
    expect(['forwarding', 'bash', 'nc', 'busybox']).toContain(via);
  }
});

test('a host that neither forwards nor has a program to ask with is told as such, and the others reach it', async () => {
  await forbidForwarding('h2');
  // Without it there is no deadline for a program of the host's own, and none is tried.
  await broken('h2', 'mv /usr/bin/timeout /usr/bin/timeout.off', 'mv /usr/bin/timeout.off /usr/bin/timeout');
  const { ran, ways, bad } = await mesh();
  expect(ran.exitCode, ran.stdout).toBe(1);
  const from = (host: string) => ways.filter((one) => one.startsWith(`${host} ->`));
  expect(from('h2').map((one) => one.split(': ')[1])).toEqual(Array(5).fill('forwarding-forbidden'));
  for (const host of NAMES.filter((name) => name !== 'h2')) {
    expect(from(host).filter((one) => one.endsWith(': ok'))).toHaveLength(5);
  }
  const [told] = bad.filter(({ check }) => check === 'mesh reach');
  expect(told).toMatchObject({ host: 'h2', advice: expect.stringContaining('AllowTcpForwarding') });
});

test('a host that is off is told once, and all else holds: partial, exit 3', async () => {
  mending.push(async () => {
    await fleet.rig.boot('h6');
    await fleet.serve('h6', 'unit', sqBinary('0.5.2'));
  });
  await fleet.rig.crash('h6');
  const { ran, report, ways, bad } = await mesh();
  expect(ran.exitCode).toBe(3);
  expect(report).toMatchObject({ verdict: 'partial', mail: { sent: 40, read: 40 } });
  expect(bad.filter(({ check }) => check === 'mesh reach').map(({ host }) => host)).toEqual(['h6']);
  expect(ways.filter((one) => !one.includes('h6')).every((one) => one.endsWith(': ok'))).toBe(true);
  expect(new Set(ways.filter((one) => one.includes('h6')).map((one) => one.split(': ')[1]))).toEqual(
    new Set(['host-down']),
  );
  const absent = await ready({ ...HOSTS, h6: 'user: root, expect: absent' });
  expect((await absent.ranch('mesh', '--quick')).exitCode).toBe(0);
});

test('frozen, poisoned, stopped, old: each is told apart, and the old one is not connected to', async () => {
  mending.push(async () => {
    for (const host of ['h2', 'h3', 'h5', 'h6']) await fleet.serve(host, way(host), sqBinary('0.5.2'));
  });
  await fleet.serve('h3', 'bare', sqBinary('0.5.1'));
  const file = `${DATA.bare}/${PHEXT}.phext`;
  const before = await fleet.rig.run('h3', `stat -c %Y.%Z ${file}; pgrep -x sq`);
  await fleet.rig.run('h2', 'pkill -STOP -x sq');
  await fleet.rig.run('h5', `printf '\\377' >${DATA.unit}/bad.phext`);
  await fetch(`http://${fleet.rig.address('h5')}:1337/api/v2/version?p=bad`).catch(() => undefined);
  await fleet.rig.run('h5', `rm ${DATA.unit}/bad.phext`);
  await fleet.rig.run('h6', 'systemctl stop sq');
  const { ran, report, ways } = await mesh();
  expect(ran.exitCode).toBe(1);
  expect(report).toMatchObject({ verdict: 'degraded', agreed: '0.5.2' });
  expect(ways.filter((one) => one.startsWith('h1 ')).sort()).toEqual([
    'h1 -> h2: hung',
    'h1 -> h3: wrong-version',
    'h1 -> h4: ok',
    'h1 -> h5: poisoned',
    'h1 -> h6: port-closed',
  ]);
  expect(await fleet.rig.run('h3', `stat -c %Y.%Z ${file}; pgrep -x sq`)).toBe(before);
});

test('a build that `toc` would end is compared by delta, and answers afterwards', async () => {
  mending.push(() => fleet.serve('h5', 'unit', sqBinary('0.5.2')));
  const fragile = REAL.find(({ known }) => known.version === '0.5.2' && known.libphext === '0.3.0');
  await fleet.serve('h5', 'unit', fragile?.binary() ?? '');
  const url = `http://${fleet.rig.address('h5')}:1337/api/v2`;
  await fetch(`${url}/update?p=${PHEXT}&c=5.5.5/5.5.5/5.5.5&s=only`, { signal: AbortSignal.timeout(60_000) });
  const { ran, report, bad } = await mesh('h4', 'h5', 'h6');
  expect(ran.exitCode, ran.stdout).toBe(0);
  expect(report).toMatchObject({ verdict: 'full', mail: { sent: 12, read: 12 } });
  const named = bad.find(({ check }) => check === 'mesh content');
  expect(named).toMatchObject({ host: 'h5' });
  expect(String(named?.['got'])).toContain('5.5.5/5.5.5/5.5.5');
  expect(bad.map(({ check }) => check)).toContain('mesh build');
  const version = await fetch(`${url}/version?p=${PHEXT}`, { signal: AbortSignal.timeout(60_000) });
  expect(await version.text()).toBe('0.5.2');
});
