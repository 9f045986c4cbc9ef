import { describe, expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import type { ReachedObservation } from '../../src/domain/observation.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
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
  unreachable,
  v,
} from './given.ts';

const NEWER_RUNS = { sha256: NEWER, version: v('0.5.6') };
const ON_TARGET = { servers: [server({ running: { sha256: NEW } })], binaries: [binary(NEW)] };
const odd = { kind: 'unsupported', reason: 'it runs in a container' } as const;

function planOne(
  spec: Partial<HostSpec>,
  seen: Partial<ReachedObservation>,
  include: readonly ('stopped' | 'ahead')[] = [],
) {
  const ranch = ranchOf([host('a', spec)]);
  const plan = rollout({ ranch, seen: { a: reached('a', seen) }, options: { include } });
  const planned = plan.waves.flatMap((wave) => wave.hosts)[0];
  return {
    plan,
    planned,
    units: planned?.units ?? [],
    why: plan.excluded[0]?.reason ?? planned?.reasons.join('\n') ?? '',
    excluded: plan.excluded[0],
  };
}

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
      'an earlier run left a timer armed in /usr/local/bin/.ranch: it is settled first',
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

describe('left alone, with a word', () => {
  const cases: readonly (readonly [
    string,
    Partial<HostSpec>,
    Partial<ReachedObservation>,
    string,
    RegExp,
  ])[] = [
    ['in sync', {}, ON_TARGET, 'in-sync', /^port 1337: already runs 0\.5\.2$/],
    [
      'ahead',
      {},
      { servers: [server({ running: NEWER_RUNS })], binaries: [binary(NEWER)] },
      'ahead',
      /left alone unless/,
    ],
    ['stopped', {}, { servers: [], stopped: [stopped()] }, 'stopped', /left alone unless/],
    ['unsupported', {}, { unsupported: 'there is no /proc' }, 'unsupported', /no \/proc/],
    [
      'unsupported way of running',
      {},
      { servers: [server({ supervisor: odd })] },
      'unsupported',
      /container/,
    ],
    [
      'not writable',
      {},
      { user: 'wbic16', uid: 1000, binaries: [binary(OLD, { writable: false })] },
      'behind',
      /\/usr\/local\/bin is not writable for wbic16: give/,
    ],
    [
      'not writable even for root',
      {},
      { user: 'root', uid: 0, binaries: [binary(OLD, { writable: false })] },
      'behind',
      /\/usr\/local\/bin is not writable for root: is its file system mounted read-only\?/,
    ],
    ['nothing known to install', {}, { servers: [], binaries: [] }, 'not-installed', /give `binary`/],
    [
      'nothing named to install',
      { instances: [] },
      { servers: [], binaries: [] },
      'not-installed',
      /give `instances`/,
    ],
    [
      'no data directory',
      { instances: [{ port: 1, binary: '/opt/sq' }] },
      { servers: [], binaries: [] },
      'not-installed',
      /give `dataDir`/,
    ],
    [
      'relative data directory',
      { instances: [{ port: 1, binary: '/opt/sq', dataDir: 'd' }] },
      { servers: [], binaries: [] },
      'not-installed',
      /absolute/,
    ],
    [
      'relative binary',
      { instances: [{ port: 1, binary: 'sq', dataDir: '/d' }] },
      { servers: [], binaries: [] },
      'not-installed',
      /absolute/,
    ],
    [
      'one binary with a server that cannot be restarted',
      { instances: [] },
      { servers: [server(), server({ port: 1339, supervisor: odd })] },
      'unsupported',
      /it is left alone with the other servers/,
    ],
  ];
  test.each(cases)('%s', (_name, spec, seen, state, reason) => {
    const { plan, excluded } = planOne(spec, seen);
    expect(plan.waves).toEqual([]);
    expect(excluded).toMatchObject({ host: 'a', state });
    expect(excluded?.reason).toMatch(reason);
  });

  test('a host on hold, with its state and until when', () => {
    const ranch = ranchOf([host('a'), host('b')]);
    const held = new Map(ranch.hosts.slice(0, 1).map(({ name }) => [name, 'is on hold until noon'] as const));
    const plan = planRollout({ ...inputOf({ ranch }), held });
    expect(plan.excluded).toEqual([{ host: 'a', state: 'behind', reason: 'is on hold until noon' }]);
    expect(plan.waves.flatMap(({ hosts }) => hosts.map((each) => each.host))).toEqual(['b']);
  });

  test('hosts that were not seen or not reached', () => {
    const ranch = ranchOf([host('a'), host('b'), host('c', { expect: 'absent' })]);
    const input = inputOf({ ranch, seen: { b: unreachable('b'), c: unreachable('c') } });
    const { observations } = input;
    const first = ranch.hosts[0]?.name;
    const some = new Map([...observations].filter(([name]) => name !== first));
    expect(
      planRollout({ ...input, observations: some }).excluded.map(({ host: name, state }) => [name, state]),
    ).toEqual([
      ['a', 'unknown'],
      ['b', 'unreachable'],
      ['c', 'absent'],
    ]);
  });

  test('an unmanaged server that shares the binary is acknowledged', () => {
    const { plan, planned } = planOne({}, { servers: [server(), server({ port: 1339 })] });
    expect(planned?.reasons.join('\n')).toMatch(/leaves alone: port 1339: is not named/);
    expect(plan.acknowledgements.map((each) => each.id)).toContain('shared-binary:a:1339');
    const { port: _, ...portless } = server({ pid: 99, args: [] });
    expect(planOne({}, { servers: [server(), portless] }).plan.acknowledgements[1]?.text).toMatch(
      /process 99 shares/,
    );
  });

  test('a missing server whose binary is being replaced waits for the next plan', () => {
    const spec = { instances: [{ port: 1337 }, { port: 1339, binary: PATH, dataDir: '/d' }] };
    const { why } = planOne(spec, { servers: [server({ replaced: true })], binaries: [] });
    expect(why).toMatch(/plan again when they are done/);
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
