import { expect, test } from 'vitest';
import type { RanchFolder, ReachedObservation, Server } from '../../src/domain/observation.ts';
import { planRollback } from '../../src/plan/rollback.ts';
import {
  binary,
  host,
  inputOf,
  NEW,
  OLD,
  OTHER,
  PATH,
  ranchOf,
  reached,
  server,
  stopped,
  unreachable,
  v,
} from './given.ts';

const folder: RanchFolder = {
  binDir: '/usr/local/bin',
  releases: [OLD, NEW],
  confirmed: NEW,
  previous: OLD,
  armed: false,
  leftovers: 0,
};
const runsNew = (more: Partial<Server> = {}): Server =>
  server({ running: { sha256: NEW, version: v('0.5.2') }, ...more });
const done: Partial<ReachedObservation> = { servers: [runsNew()], binaries: [binary(NEW)], ranch: [folder] };

function back(more: Partial<ReachedObservation>, spec = host('a')) {
  const ranch = ranchOf([spec]);
  const plan = planRollback(inputOf({ ranch, seen: { a: reached('a', { ...done, ...more }) } }));
  return { plan, why: plan.excluded[0]?.reason, unit: plan.waves[0]?.hosts[0]?.units[0] };
}

test('goes to the previous release of the host, without a canary wave, and sends nothing', () => {
  const { plan, unit } = back({});
  expect(plan).toMatchObject({ purpose: 'rollback', target: '0.5.2', options: { canary: { count: 0 } } });
  expect(plan.waves.map((wave) => [wave.name, wave.canary])).toEqual([['lan', false]]);
  expect(unit).toMatchObject({
    binary: PATH,
    action: 'rollback',
    from: { sha256: NEW, version: '0.5.2' },
    to: { sha256: OLD, platform: 'linux-x86_64-gnu' },
    bytesToSend: 0,
    downtimeMs: 110,
  });
  expect(unit?.to).not.toHaveProperty('version');
});

test('names the version of the previous release where it is known', () => {
  const ranch = ranchOf([host('a')]);
  const input = {
    ...inputOf({ ranch, seen: { a: reached('a', done) } }),
    releasesKnown: new Map([[OLD, v('0.5.1')]]),
  };
  expect(planRollback(input).waves[0]?.hosts[0]?.units[0]?.to.version).toBe('0.5.1');
});

test('takes a half-way host back too: what runs is old, what is on disk is new', () => {
  expect(back({ servers: [server({ replaced: true })] }).unit).toMatchObject({
    from: { sha256: NEW },
    to: { sha256: OLD },
  });
});

test('a server that nobody named shares the binary: acknowledged', () => {
  const { plan } = back({ servers: [runsNew(), runsNew({ port: 1339 })] });
  expect(plan.acknowledgements.map((each) => each.id)).toContain('shared-binary:a:1339');
});

const odd = { kind: 'unsupported', reason: 'it runs in a container' } as const;
test.each<readonly [string, Partial<ReachedObservation>, RegExp]>([
  ['not on that version', { servers: [server()], binaries: [binary(OLD)] }, /does not run 0\.5\.2/],
  ['nothing recorded', { ranch: [] }, /no previous release is recorded/],
  ['recorded, not kept', { ranch: [{ ...folder, releases: [NEW] }] }, /no longer kept/],
  ['the same again', { ranch: [{ ...folder, previous: NEW }] }, /runs its previous release already/],
  ['cannot be restarted', { servers: [runsNew({ supervisor: odd })] }, /container/],
  ['not writable', { binaries: [binary(NEW, { writable: false })] }, /not writable/],
  ['nothing runs', { servers: [], stopped: [stopped()] }, /does not run/],
  ['unsupported', { unsupported: 'there is no /proc' }, /no \/proc/],
])('leaves alone: %s', (_name, seen, reason) => {
  const { plan, why } = back(seen);
  expect(plan.waves).toEqual([]);
  expect(why).toMatch(reason);
});

test('a server without a port or a file is left, or taken by what runs', () => {
  const { port: _, ...portless } = runsNew({ args: [] });
  expect(back({ servers: [portless] }, host('a', { instances: [] })).why).toMatch(/^port \?: is left alone/);
  expect(back({ binaries: [] }).unit).toMatchObject({ from: { sha256: NEW } });
});

test('hosts that were not reached are left out', () => {
  const ranch = ranchOf([host('a')]);
  expect(planRollback(inputOf({ ranch, seen: { a: unreachable('a') } })).excluded[0]?.state).toBe(
    'unreachable',
  );
});

test('an other release of the previous kind is still a rollback', () => {
  expect(back({ ranch: [{ ...folder, releases: [OTHER, NEW], previous: OTHER }] }).unit?.to.sha256).toBe(
    OTHER,
  );
});

test('leaves a host on hold alone', () => {
  const ranch = ranchOf([host('a')]);
  const held = new Map(ranch.hosts.map(({ name }) => [name, 'is on hold until noon'] as const));
  const plan = planRollback({ ...inputOf({ ranch, seen: { a: reached('a', done) } }), held });
  expect(plan.waves).toEqual([]);
  expect(plan.excluded[0]).toMatchObject({ host: 'a', reason: 'is on hold until noon' });
});
