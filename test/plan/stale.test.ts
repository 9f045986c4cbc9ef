import { expect, test } from 'vitest';
import type { Observation, ReachedObservation } from '../../src/domain/observation.ts';
import { fingerprint } from '../../src/plan/fingerprint.ts';
import { stalePlan } from '../../src/plan/stale.ts';
import {
  binary,
  host,
  NEW,
  OTHER,
  PATH,
  ranchOf,
  reached,
  rollout,
  server,
  stopped,
  unreachable,
} from './given.ts';

const ranch = ranchOf([host('a')]);
const plan = rollout({ ranch });
const now = (seen: Observation) => stalePlan(plan, new Map([[seen.host, seen]]));

test('a host that did not move is not stale, whenever it was looked at', () => {
  expect(
    now(
      reached('a', { at: 99_999, uptimeSeconds: 500, servers: [server({ rssBytes: 5, uptimeSeconds: 9 })] }),
    ),
  ).toEqual([]);
});

test.each<readonly [string, Partial<ReachedObservation>, RegExp]>([
  ['boot', { bootId: 'boot-2' }, /rebooted/],
  ['pid', { servers: [server({ pid: 2 })] }, /port 1337: was restarted since \(process 2\)/],
  ['start time', { servers: [server({ startTicks: 8 })] }, /was restarted since/],
  ['gone', { servers: [] }, /nothing runs there any more/],
  ['running binary', { servers: [server({ running: { sha256: NEW } })] }, /another binary is in place/],
  ['file on disk', { binaries: [binary(OTHER)] }, /another binary is in place/],
  ['file gone', { binaries: [] }, /another binary is in place/],
])('moved: %s', (_name, seen, reason) => {
  const moved = now(reached('a', seen));
  expect(moved.map((each) => each.host)).toEqual(['a']);
  expect(moved[0]?.reason).toMatch(reason);
});

test('a host that is not seen again counts as moved', () => {
  expect(stalePlan(plan, new Map())[0]?.reason).toMatch(/not looked at again/);
  expect(now(unreachable('a'))[0]?.reason).toMatch(/unreachable now: no route/);
});

test('a server that was to be started and runs by now', () => {
  const down = reached('a', { servers: [], stopped: [stopped()] });
  const starts = rollout({ ranch, seen: { a: down }, options: { include: ['stopped'] } });
  expect(stalePlan(starts, new Map([[down.host, down]]))).toEqual([]);
  expect(stalePlan(starts, new Map([[down.host, reached('a')]]))[0]?.reason).toMatch(
    /process 1337 runs there since/,
  );
  expect(stalePlan(starts, new Map([[down.host, { ...down, binaries: [] }]]))[0]?.reason).toMatch(
    /another binary/,
  );
});

test('a fingerprint does not depend on the order of things', () => {
  const seen = reached('a', { servers: [server(), server({ port: 1339 })] });
  const instance = (port: number) =>
    ({ port, supervisor: { kind: 'bare' }, user: 'sq', dataDir: '/d', dataBytes: 0 }) as const;
  const units = [
    { binary: PATH, instances: [instance(1337), instance(1339)] },
    { binary: '/opt/sq', instances: [instance(1)] },
  ];
  const turned = units.toReversed().map((unit) => ({ ...unit, instances: unit.instances.toReversed() }));
  expect(fingerprint({ ...seen, servers: seen.servers.toReversed() }, turned)).toBe(fingerprint(seen, units));
});
