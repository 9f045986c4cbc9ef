import { describe, expect, test } from 'vitest';
import type { ReachedObservation } from '../../src/domain/observation.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { planRollout } from '../../src/plan/plan.ts';
import { binary, host, inputOf, NEWER, OLD, PATH, ranchOf, server, stopped, unreachable } from './given.ts';
import { NEWER_RUNS, ON_TARGET, odd, planOne } from './plan-one.ts';

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
