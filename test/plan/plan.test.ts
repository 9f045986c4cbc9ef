import { describe, expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import type { Arming } from '../../src/domain/observation.ts';
import { planRollout } from '../../src/plan/plan.ts';
import {
  binary,
  host,
  inputOf,
  NEW,
  NEWER,
  OLD,
  OTHER,
  PATH,
  ranchOf,
  reached,
  rollout,
  server,
  stopped,
  UNPINNED,
  v,
} from './given.ts';
import { NEWER_RUNS, ON_TARGET, odd, planOne } from './plan-one.ts';

describe('a unit', () => {
  test('upgrades a running server, as it was adopted', () => {
    const spec = { instances: [{ port: 1337, phext: 'cyoa', keyFile: '/etc/sq.key' }] };
    expect(planOne(spec, {}).units).toEqual([
      {
        binary: PATH,
        action: 'upgrade',
        from: { sha256: OLD },
        to: { sha256: NEW, version: '0.5.2', platform: 'linux-x86_64-gnu' },
        bytesToSend: 5_000_000,
        downtimeMs: 110,
        instances: [
          {
            port: 1337,
            pid: 1337,
            startTicks: 7,
            supervisor: { kind: 'systemd-system', unit: 'sq.service' },
            user: 'sq',
            dataDir: '/var/lib/sq',
            phext: 'cyoa',
            keyFile: '/etc/sq.key',
            dataBytes: 42,
          },
        ],
      },
    ]);
  });

  test('has all servers of one binary, found through links too', () => {
    const bare = { supervisor: { kind: 'bare' }, dataDir: '/elsewhere' } as const;
    const spec = { instances: [{ port: 1337 }, { port: 1339 }] };
    const { units } = planOne(spec, {
      servers: [server({ ...bare, binary: '/bin/sq' }), server({ ...bare, port: 1339 })],
      binaries: [binary(OLD), binary(OLD, { path: '/bin/sq', realPath: PATH })],
    });
    expect(
      units.map((unit) => [
        unit.binary,
        unit.downtimeMs,
        unit.instances.map((each) => [each.port, each.dataBytes]),
      ]),
    ).toEqual([
      [
        PATH,
        100,
        [
          [1337, 0],
          [1339, 0],
        ],
      ],
    ]);
  });

  test('is one for each binary', () => {
    const { units } = planOne(
      { instances: [] },
      { servers: [server(), server({ port: 1339, binary: '/opt/sq' })] },
    );
    expect(units.map((unit) => unit.binary)).toEqual([PATH, '/opt/sq']);
  });

  test('sends nothing that the host holds', () => {
    const folder = { binDir: '/usr/local/bin', releases: [NEW], armed: true, leftovers: 0 };
    const { units, planned } = planOne({}, { ranch: [folder] });
    expect(units[0]?.bytesToSend).toBe(0);
    expect(planned?.reasons).toContain(
      'an earlier run left a switch undecided in /usr/local/bin/.ranch: its way back is this rollout’s as well',
    );
    expect(planOne({}, { ranch: [{ ...folder, binDir: '/opt' }] }).units[0]?.bytesToSend).toBe(5_000_000);
  });

  test('restarts where the target is on disk; what is in sync goes along', () => {
    const spec = { instances: [{ port: 1337 }, { port: 1339 }] };
    const servers = [server({ replaced: true }), server({ port: 1339, running: { sha256: NEW } })];
    const { units, planned } = planOne(spec, { servers, binaries: [binary(NEW)] });
    expect(units[0]).toMatchObject({ action: 'restart', bytesToSend: 0, from: { sha256: OLD } });
    expect(units[0]?.instances).toHaveLength(2);
    expect(planned?.reasons.join('\n')).toMatch(
      /port 1337: runs .* already\n.*port 1339: already runs 0\.5\.2 and is restarted with/,
    );
  });

  test('comes back to the file on disk where the target runs already', () => {
    const servers = [server({ running: { sha256: NEW }, replaced: true })];
    expect(planOne({}, { servers }).units[0]).toMatchObject({ action: 'upgrade', from: { sha256: OLD } });
  });

  test('tells a frozen server and a file that is gone', () => {
    expect(planOne({}, { servers: [server({ state: 'T' })] }).why).toMatch(/frozen/);
    expect(planOne({}, { servers: [server({ replaced: true })], binaries: [] }).why).toMatch(/no file is at/);
  });

  test('names versions that only ranch.lock knows', () => {
    const ranch = ranchOf([host('a')]);
    const plan = planRollout({ ...inputOf({ ranch }), releasesKnown: new Map([[OLD, v('0.4.5')]]) });
    expect(plan.waves[0]?.hosts[0]?.units[0]?.from).toEqual({ sha256: OLD, version: '0.4.5' });
  });
});

describe('taken in when told to', () => {
  test('ahead goes back', () => {
    const seen = { servers: [server({ running: NEWER_RUNS })], binaries: [binary(NEWER)] };
    expect(planOne({}, seen, ['ahead']).units[0]).toMatchObject({ action: 'upgrade', from: NEWER_RUNS });
  });

  test('a stopped service is started, with the target', () => {
    const { units, planned } = planOne({}, { servers: [], stopped: [stopped()], user: 'me' }, ['stopped']);
    expect(units[0]).toMatchObject({
      action: 'start',
      downtimeMs: 0,
      from: { sha256: OLD },
      instances: [{ user: 'root' }],
    });
    expect(planned?.reasons.join()).toMatch(/is started, as the plan was told/);
    const unit = { kind: 'systemd-user', unit: 'sq.service' } as const;
    expect(
      planOne({}, { servers: [], stopped: [stopped({ supervisor: unit })], user: 'me' }, ['stopped']).units[0]
        ?.instances[0]?.user,
    ).toBe('me');
  });

  test('a service whose binary is missing is an install', () => {
    const { units } = planOne({}, { servers: [], binaries: [], stopped: [stopped()] }, ['stopped']);
    expect(units[0]).toMatchObject({ action: 'install', bytesToSend: 5_000_000 });
    expect(units[0]).not.toHaveProperty('from');
  });

  test('a bare binary is started on the data directory of the inventory', () => {
    const spec = { instances: [{ port: 1337, dataDir: '~/data' }] };
    expect(planOne(spec, { servers: [] }, ['stopped']).units[0]?.instances).toEqual([
      { port: 1337, supervisor: { kind: 'bare' }, user: 'root', dataDir: '/root/data', dataBytes: 0 },
    ]);
  });

  test('what is not known is named', () => {
    const two = [binary(OLD), binary(OLD, { path: '/x/sq' })];
    expect(planOne({}, { servers: [] }, ['stopped']).why).toMatch(/give `dataDir`/);
    expect(planOne({}, { servers: [], binaries: two }, ['stopped']).why).toMatch(/give `binary`/);
    expect(planOne({ instances: [] }, { servers: [] }, ['stopped']).why).toMatch(/port is not known/);
    expect(planOne({}, { servers: [], stopped: [stopped({ supervisor: odd })] }, ['stopped']).why).toMatch(
      /cannot be started: it runs in a container/,
    );
    expect(
      planOne({}, { servers: [], stopped: [stopped()], binaries: [binary(OLD, { writable: false })] }, [
        'stopped',
      ]).why,
    ).toMatch(/not writable/);
  });

  test('what an earlier rollout placed and never decided on is no way back', () => {
    const folder = { binDir: '/usr/local/bin', releases: [OLD, NEW], armed: true, leftovers: 0 };
    const planned = (arming: Arming) =>
      planOne(
        {},
        {
          ...{ servers: [], stopped: [stopped()], binaries: [binary(NEW)] },
          ranch: [{ ...folder, arming }],
        },
        ['stopped'],
      ).units[0];
    expect(planned({ to: NEW, from: OLD })).toMatchObject({ action: 'start', from: { sha256: OLD } });
    expect(planned({ to: NEW })).toMatchObject({ action: 'install' });
    expect(planned({ to: NEW })).not.toHaveProperty('from');
    expect(planned({ to: OTHER, from: OLD })).toMatchObject({ action: 'start', from: { sha256: NEW } });
  });

  test('a stopped server starts with its running neighbours', () => {
    const spec = { instances: [{ port: 1337 }, { port: 1339 }] };
    const down = { stopped: [stopped({ port: 1339 })] };
    const told = planOne(spec, down, ['stopped']);
    expect(told.units[0]?.instances.map((each) => each.pid)).toEqual([1337, undefined]);
    const untold = planOne(spec, down);
    expect(untold.units[0]?.instances).toHaveLength(1);
    expect(untold.why).toMatch(/leaves alone: port 1339: does not run/);
    expect(planOne(spec, { ...ON_TARGET, ...down }, ['stopped']).units[0]).toMatchObject({
      action: 'start',
      bytesToSend: 0,
    });
  });

  test('a stopped server does not take a newer binary back', () => {
    const seen = { servers: [], stopped: [stopped()], binaries: [binary(NEWER)] };
    expect(planOne({}, seen, ['stopped']).excluded).toMatchObject({ state: 'ahead' });
    expect(planOne({}, seen, ['stopped', 'ahead']).units[0]).toMatchObject({ action: 'start' });
    const both = {
      servers: [server({ running: NEWER_RUNS })],
      stopped: [stopped({ port: 1339 })],
      binaries: [binary(NEWER)],
    };
    expect(planOne({ instances: [] }, both, ['stopped']).plan.waves).toEqual([]);
  });
});

test('a first install needs binary, data directory and port', () => {
  const { units, planned } = planOne(
    { instances: [{ port: 1337, binary: '~/bin/sq', dataDir: '/srv/sq' }] },
    { servers: [], binaries: [] },
  );
  expect(units[0]).toMatchObject({
    binary: '/root/bin/sq',
    action: 'install',
    downtimeMs: 0,
    instances: [{ port: 1337, dataDir: '/srv/sq' }],
  });
  expect(planned?.reasons.join()).toMatch(/first install, started as a bare process of root/);
});

test('every platform without an artifact is named, with the ways to get one', () => {
  const arm = (name: string) =>
    reached(name, {
      platform: {
        os: 'linux',
        arch: 'aarch64',
        libc: 'musl',
        wsl: false,
        key: 'linux-aarch64-musl',
        release: '',
      },
    });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const ranch = ranchOf(names.map((name) => host(name)));
  const seen = Object.fromEntries(names.slice(1).map((name) => [name, arm(name)]));
  const attempt = (target = inputOf({ ranch }).target) => {
    try {
      return rollout({ ranch, seen, target });
    } catch (error) {
      return error;
    }
  };
  expect(attempt()).toBeInstanceOf(RanchError);
  expect(attempt()).toMatchObject({
    code: 'artifact-missing',
    message: 'no artifact is registered for linux-aarch64-musl (b, c, d and 1 more)',
  });
  expect(attempt()).toMatchObject({
    remedy: expect.stringMatching(
      /artifact add FILE --version 0\.5\.2 --platform linux-aarch64-musl.*artifact build 0\.5\.2`.*--on b`/,
    ),
  });
  expect(attempt(UNPINNED)).toMatchObject({
    message: expect.stringMatching(/linux-x86_64-gnu \(a\), linux-aarch64-musl/),
  });
});

test('hosts that need nothing need no artifact', () => {
  const ranch = ranchOf([host('a')]);
  const seen = {
    a: reached('a', { servers: [server({ running: { sha256: OTHER, version: v('0.5.2') } })], binaries: [] }),
  };
  expect(rollout({ ranch, seen, target: UNPINNED }).waves).toEqual([]);
});
