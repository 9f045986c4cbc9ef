import { beforeAll, expect, test } from 'vitest';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { scrollsOf } from '../../src/sq/phext.ts';
import { selectRequest, updateRequest } from '../../src/sq/requests.ts';
import { toldIn } from '../checks/told.ts';
import { type Controller, PHEXT } from './controller.ts';
import { DATA } from './fleet.ts';
import { fleet, ready, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { speak } from './writers.ts';

/** A unit with the target, the old version by hand, and a newer one by hand on busybox. */
const HOSTS = { h1: 'user: root', h3: 'user: ranch', h4: 'user: ranch' } as const;
const WAYS = { h1: DATA.unit, h3: DATA.bare, h4: DATA.bare } as const;

useFleet(4);
beforeAll(async () => {
  await fleet.serve('h1', 'unit', sqBinary('0.5.2'));
  await fleet.serve('h3', 'bare', sqBinary('0.5.1'));
  await fleet.serve('h4', 'bare', sqBinary('0.5.6'));
});

async function integrity(controller: Controller, ...args: readonly string[]) {
  const ran = await controller.ranch('integrity', '--json', ...args);
  const told = toldIn(ran.stdout);
  return { ran, told, bad: told.filter(({ ok }) => !ok) };
}

/** A client of a live server that writes a scroll and reads it back, all the while. */
function liveClient(host: string) {
  const at = parseCoordinate('1.1.1/1.1.1/1.2.1');
  const target = { phext: PHEXT };
  let stopped = false;
  const failed: string[] = [];
  const loop = async (): Promise<number> => {
    let requests = 0;
    while (!stopped) {
      const text = `live ${requests} `;
      for (const request of [updateRequest(target, at, text), selectRequest(target, at)]) {
        const reply = await speak(fleet.rig.address(host), 1337, request);
        const said = Buffer.from(reply?.body ?? '').toString();
        requests++;
        const right = request.method === 'POST' ? said.startsWith('Updated') : said === text;
        if (reply?.status !== 200 || !right)
          failed.push(`${requests}: ${reply?.status ?? 'no answer'} ${said}`);
      }
    }
    return requests;
  };
  const ended = loop();
  return {
    stop: async () => {
      stopped = true;
      return { requests: await ended, failed };
    },
  };
}

const LEFT =
  'ls -d /usr/local/bin/.ranch/* SQ/.ranch/* /home/ranch/SQ/.ranch/* /var/lib/sq/.ranch /home/ranch/SQ/.ranch/snapshots 2>/dev/null | grep -v "/\\(log\\|token\\)$"; pgrep -xc "sq(-.*)?" || true';

test('on real hosts: all holds but for what SQ is known to do, a live client never fails, and nothing is left', async () => {
  const controller = await ready(HOSTS);
  const stamp = () => fleet.rig.run('h3', `stat -c %Y.%Z ${DATA.bare}/${PHEXT}.phext`);
  const before = await stamp();
  const clients = [liveClient('h1'), liveClient('h4')];
  const { ran, told, bad } = await integrity(controller, '--kills', '2');
  const spoke = await Promise.all(clients.map((client) => client.stop()));
  expect(bad).toEqual([]);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  for (const { requests, failed } of spoke) {
    expect(failed).toEqual([]);
    expect(requests).toBeGreaterThan(20);
  }
  for (const host of Object.keys(HOSTS)) {
    const of = told.filter((one) => one.host === host);
    expect(of.map(({ check }) => check.replace('integrity ', ''))).toEqual([
      'files',
      'orphans',
      'memory',
      'writers',
      'restart',
      'empty text',
      'sequences',
      'coordinates',
      'kills',
      'scratch',
    ]);
    expect(await fleet.rig.run(host, LEFT)).toBe('1');
  }
  expect(told.find(({ host, check }) => host === 'h3' && check === 'integrity memory')?.got).toMatch(
    /^not asked/,
  );
  expect(await stamp()).toBe(before);
  const emptied = told.filter(({ check }) => check === 'integrity empty text');
  expect(emptied.map(({ host, severity }) => `${host} ${severity}`)).toEqual([
    'h1 high',
    'h3 high',
    'h4 info',
  ]);
  for (const host of ['h1', 'h4'] as const) {
    const file = await fleet.onDisk(host, `${WAYS[host]}/${PHEXT}.phext`);
    expect(scrollsOf(file).length).toBe(scrollsOf(fleet.content).length + 1);
  }
}, 600_000);

test('a damaged file, a ghost, an export and a disk that holds less than the memory are found, and left as they are', async () => {
  const controller = await ready({ h1: 'user: root' });
  await fleet.serve('h1', 'unit', sqBinary('0.5.2'));
  const url = `http://${fleet.rig.address('h1')}:1337/api/v2/select?p=${PHEXT}&c=1.1.1/1.1.1/1.1.1`;
  await fetch(url, { signal: AbortSignal.timeout(30_000) });
  const prepare = [
    `cd ${DATA.unit}`,
    "printf '\\377\\376' >bad.phext",
    ': >ghost.phext',
    `echo '[]' >${PHEXT}.phext.json`,
    `truncate -s 100000 ${PHEXT}.phext`,
  ];
  await fleet.rig.run('h1', prepare.join('; '));
  const list = () => fleet.rig.run('h1', `cd ${DATA.unit}; stat -c '%n %s %Y' *`);
  const before = await list();
  const { ran, told, bad } = await integrity(controller, '--kills', '0');
  expect(ran.exitCode).toBe(1);
  expect(bad.map(({ check, severity, got }) => `${check} ${severity} ${got.slice(0, 40)}`)).toEqual(
    expect.arrayContaining([
      'integrity file critical bad.phext: it is not UTF-8',
      expect.stringMatching(/^integrity memory critical /),
    ]),
  );
  const litter = told.find(({ check }) => check === 'integrity orphans');
  expect(litter).toMatchObject({ ok: true, severity: 'low' });
  for (const name of ['ghost.phext', `${PHEXT}.phext.json`]) expect(litter?.got).toContain(name);
  expect(await list()).toBe(before);
}, 600_000);
