import { describe, expect, test } from 'vitest';
import type { HostPlan, Plan, PlannedInstance, UnitPlan, Wave, ZoneLimit } from '../../src/domain/plan.ts';
import type { Ranch } from '../../src/domain/ranch.ts';
import { lintPlan } from '../../src/plan/lint.ts';
import { planRollback } from '../../src/plan/rollback.ts';
import { sealPlan } from '../../src/plan/seal.ts';
import {
  ARTIFACT,
  binary,
  host,
  inputOf,
  NEW,
  named,
  OLD,
  OTHER,
  ranchOf,
  reached,
  rollout,
  server,
  sha,
  unreachable,
  v,
} from './given.ts';

const ranch = ranchOf(
  [
    host('a', { tags: ['canary'] }),
    host('b'),
    host('c'),
    host('d'),
    host('e', { zone: 'aws', after: ['lan'] }),
    host('f'),
    host('g', { expect: 'absent' }),
  ],
  [{ name: 'aws' }],
);
const plan = rollout({ ranch, seen: { f: unreachable('f'), g: unreachable('g') } });

const folder = { binDir: '/usr/local/bin', releases: [OLD], previous: OLD, armed: false, leftovers: 0 };
const back = planRollback(
  inputOf({
    ranch: ranchOf([host('a')]),
    seen: {
      a: reached('a', {
        servers: [server({ running: { sha256: NEW } })],
        binaries: [binary(NEW)],
        ranch: [folder],
      }),
    },
  }),
);

/** The plan with its first host of wave `at` changed. */
const onHost = (change: (host: HostPlan) => HostPlan, at = 0): Partial<Plan> => ({
  waves: plan.waves.map((wave, index) =>
    index === at
      ? { ...wave, hosts: wave.hosts.map((each, first) => (first === 0 ? change(each) : each)) }
      : wave,
  ),
});
const onUnit = (change: Partial<UnitPlan>): Partial<Plan> =>
  onHost((each) => ({ ...each, units: each.units.map((unit) => ({ ...unit, ...change })) }));
const onInstance = (change: Partial<PlannedInstance>): Partial<Plan> =>
  onHost((each) => ({
    ...each,
    units: each.units.map((unit) => ({
      ...unit,
      instances: unit.instances.map((instance) => ({ ...instance, ...change })),
    })),
  }));
const onWave = (at: number, change: Partial<Wave>): Partial<Plan> => ({
  waves: plan.waves.map((wave, index) => (index === at ? { ...wave, ...change } : wave)),
});
const onZone = (change: Partial<ZoneLimit>): Partial<Plan> => ({
  zones: plan.zones.map((zone) => (zone.zone === 'lan' ? { ...zone, ...change } : zone)),
});
const asked = (change: Partial<Plan['options']>): Partial<Plan> => ({
  options: { ...plan.options, ...change },
});

const waves = plan.waves;
const hostAt = (wave: number): HostPlan => {
  const found = waves[wave]?.hosts[0];
  if (found === undefined) throw new Error(`no host in wave ${wave}`);
  return found;
};
const unit = hostAt(0).units[0];
const idle = (each: UnitPlan): UnitPlan => {
  const instances = each.instances.map(({ pid: _, ...rest }) => rest);
  return { ...each, downtimeMs: 0, instances };
};
const idleUnit = (change: (unit: UnitPlan) => UnitPlan): Partial<Plan> =>
  onHost((each) => ({ ...each, units: each.units.map((one) => change(idle(one))) }));

type Mutation = readonly [string, Partial<Plan>, RegExp];

const mutations: readonly Mutation[] = [
  ['another ranch', { ranch: 'other' }, /is for ranch other/],
  ['a host twice', onWave(1, { hosts: [...(waves[1]?.hosts ?? []), hostAt(0)] }), /a: is planned twice/],
  [
    'an excluded host planned',
    { excluded: [...plan.excluded, { host: named('a'), state: 'behind', reason: 'x' }] },
    /a: is excluded and planned/,
  ],
  ['a host excluded twice', { excluded: [...plan.excluded, ...plan.excluded] }, /f: is excluded twice/],
  [
    'an unknown host excluded',
    { excluded: [{ host: named('x'), state: 'behind', reason: 'x' }] },
    /x: is excluded, but not in/,
  ],
  [
    'no reason to exclude',
    { excluded: [{ host: named('f'), state: 'behind', reason: ' ' }] },
    /f: is excluded without a reason/,
  ],
  ['an unknown host', onHost((each) => ({ ...each, host: named('x') })), /x: is not in the inventory/],
  [
    'another zone',
    onHost((each) => ({ ...each, zone: 'aws' })),
    /a: is planned in zone aws, but lies in lan/,
  ],
  ['nothing to do', onHost((each) => ({ ...each, units: [] })), /a: is planned with nothing to do/],
  ['no reasons', onHost((each) => ({ ...each, reasons: [] })), /a: has no reason/],
  [
    'no evidence',
    onHost((each) => ({ ...each, evidence: { ...each.evidence, fingerprint: '' } })),
    /a: has no evidence/,
  ],

  ['two waves of one name', onWave(1, { name: 'canary' }), /two waves are called canary/],
  ['an empty wave', onWave(1, { hosts: [] }), /wave lan is empty/],
  [
    'canary late',
    { waves: waves.map((wave, index) => ({ ...wave, canary: index === 1 })) },
    /a canary wave that is not the first/,
  ],
  ['canary missing', onWave(0, { canary: false }), /canary wave that was asked for is missing/],
  ['canary unasked', asked({ canary: { kind: 'count', count: 0 } }), /nobody asked for/],
  [
    'too many canaries',
    { waves: [{ ...(waves[0] as Wave), hosts: [hostAt(0), hostAt(1)] }, ...waves.slice(2)] },
    /2 canaries where 1/,
  ],
  [
    'too many canaries by percent',
    {
      waves: [{ ...(waves[0] as Wave), hosts: [hostAt(0), hostAt(1)] }, ...waves.slice(2)],
      ...asked({ canary: { kind: 'percent', percent: 10 } }),
    },
    /2 canaries where 0\.3/,
  ],
  ['a window of nothing', onWave(1, { maxParallel: 0 }), /0 hosts at once/],
  ['a window wider than asked', onWave(2, { maxParallel: 11 }), /11 hosts at once where 10/],
  [
    'more of a zone than it can spare',
    onWave(1, { maxParallel: 3 }),
    /takes 3 hosts of zone lan, which can spare 1/,
  ],
  [
    'a budget over the hosts',
    { budget: 9, ...asked({ budget: { kind: 'count', count: 9 } }) },
    /9 hosts may fail/,
  ],
  ['a budget over what was asked', { budget: 1 }, /1 hosts may fail/],
  [
    'a budget over the percent',
    { budget: 2, ...asked({ budget: { kind: 'percent', percent: 20 } }) },
    /2 hosts may fail, of 5/,
  ],

  [
    'a zone without a limit',
    { zones: plan.zones.filter((zone) => zone.zone !== 'lan') },
    /zone lan: has no limit/,
  ],
  ['a zone twice', { zones: [...plan.zones, ...plan.zones] }, /zone lan: has two limits/],
  [
    'a zone of nobody',
    {
      zones: [
        ...plan.zones,
        { zone: 'x', size: 0, quorum: { kind: 'count', count: 0 }, maxDown: 1, budget: 0 },
      ],
    },
    /zone x: has a limit, but no host/,
  ],
  ['a larger zone', onZone({ size: 6 }), /zone lan: is taken for 6 hosts and has 5/],
  [
    'another quorum',
    onZone({ quorum: { kind: 'percent', percent: 10 } }),
    /its quorum is not the inventory's/,
  ],
  [
    'a count for a quorum',
    onZone({ quorum: { kind: 'count', count: 50 } }),
    /its quorum is not the inventory's/,
  ],
  ['too many down', onZone({ maxDown: 2 }), /2 hosts may be down, but it can spare 1/],
  ['none down', onZone({ maxDown: 0 }), /0 hosts may be down/],
  ['a zone budget over the plan', onZone({ budget: 1 }), /1 of its hosts may fail/],
  ['an unacknowledged downtime', { acknowledgements: [] }, /zone aws: its downtime is not acknowledged/],
  [
    'an acknowledgement twice',
    { acknowledgements: [...plan.acknowledgements, ...plan.acknowledgements] },
    /two acknowledgements are called downtime:aws/,
  ],

  [
    'waits for nobody',
    onHost((each) => ({ ...each, after: [named('f')] })),
    /a: waits for f, which is not planned/,
  ],
  [
    'waits for later',
    onHost((each) => ({ ...each, after: [named('e')] })),
    /a: waits for e, which comes no earlier/,
  ],
  [
    'waits for its own wave',
    onHost((each) => ({ ...each, after: [named('c')] }), 1),
    /b: waits for c, which comes no earlier/,
  ],
  [
    'waits for a zone of which nothing is planned',
    onHost((each) => ({ ...each, afterZones: ['nowhere'] })),
    /a: waits for zone nowhere, of which nothing is planned/,
  ],
  [
    'waits for its own zone, which comes no earlier',
    onHost((each) => ({ ...each, afterZones: [each.zone] })),
    /a: waits for \w+ of zone \w+, which comes no earlier/,
  ],
  [
    'the order of the inventory broken',
    {
      waves: [waves[0] as Wave, waves[2] as Wave, waves[1] as Wave].map((wave) => ({
        ...wave,
        hosts: wave.hosts.map((each) => ({ ...each, after: [] })),
      })),
    },
    /e: lies in a wave before/,
  ],

  [
    'one binary in two units',
    onHost((each) => ({ ...each, units: [...each.units, ...each.units] })),
    /is in two units\n.*port 1337 is planned twice/,
  ],
  [
    'no sha256',
    onUnit({ to: { sha256: '' as typeof NEW, version: v('0.5.2'), platform: 'p' } }),
    /without a sha256/,
  ],
  ['no platform', onUnit({ to: { sha256: NEW, version: v('0.5.2'), platform: '' } }), /of no platform/],
  [
    'another version',
    onUnit({ to: { sha256: NEW, version: v('0.5.3'), platform: 'p' } }),
    /goes to 0\.5\.3, not to 0\.5\.2/,
  ],
  ['no version', onUnit({ to: { sha256: NEW, platform: 'p' } }), /goes to no version/],
  [
    'two binaries of a platform',
    onUnit({ to: { sha256: OTHER, version: v('0.5.2'), platform: ARTIFACT.platform } }),
    /has two binaries in one plan/,
  ],
  [
    'no artifact',
    onUnit({ to: { sha256: sha('9'), version: v('0.5.2'), platform: 'p' } }),
    /goes to a binary that is no artifact/,
  ],
  ['a rollback in a rollout', onUnit({ action: 'rollback' }), /rollback in a rollout/],
  ['a relative path', onUnit({ binary: 'sq' }), /is no absolute path/],
  ['no instance', onUnit({ instances: [] }), /has no instance/],
  ['no port', onInstance({ port: 0 }), /no such port/],
  ['no such port', onInstance({ port: 70_000 }), /no such port/],
  ['half a port', onInstance({ port: 1.5 }), /no such port/],
  [
    'an unsupported supervisor',
    onInstance({ supervisor: { kind: 'unsupported', reason: 'x' } }),
    /cannot be restarted/,
  ],
  ['a start of what runs', onUnit({ action: 'start' }), /start where a server runs/],
  ['an install over a binary', onUnit({ action: 'install' }), /install over a binary/],
  [
    'an upgrade of nothing',
    onHost((each) => ({ ...each, units: each.units.map(({ from: _, ...rest }) => rest) })),
    /upgrade without a binary/,
  ],
  ['an upgrade of what is stopped', idleUnit((each) => each), /upgrade where no server runs/],
  ['an upgrade to itself', onUnit({ from: { sha256: NEW } }), /from a binary to itself/],
  ['a restart that sends', onUnit({ action: 'restart' }), /restart sends a binary/],
  ['bytes below nothing', onUnit({ bytesToSend: -1 }), /less than nothing/],
  ['a downtime of nothing', onUnit({ downtimeMs: 0 }), /expected downtime does not fit/],
  [
    'a start unasked',
    idleUnit((each) => ({ ...each, action: 'start' })),
    /starts a stopped server, which nobody asked for/,
  ],
  [
    'ahead unasked',
    onUnit({ from: { sha256: OTHER, version: v('0.5.6') } }),
    /takes 0\.5\.6 back, which nobody asked for/,
  ],
];

describe('a plan that breaks a rule is complained of', () => {
  test('the plan itself is sound', () => {
    expect(lintPlan(plan, ranch, [ARTIFACT])).toEqual([]);
    expect(lintPlan(back, ranchOf([host('a')]))).toEqual([]);
    expect(unit?.action).toBe('upgrade');
  });

  test.each(mutations)('%s', (_name, change, complaint) => {
    const mutated = sealPlan({ ...unsealed(plan), ...change });
    const complaints = lintPlan(mutated, ranch, [ARTIFACT]);
    expect(complaints.join('\n')).toMatch(complaint);
    expect(complaints.join('\n')).not.toMatch(/hash/);
  });

  test('a change after sealing', () => {
    expect(lintPlan({ ...plan, createdAt: 1 }, ranch)).toEqual([expect.stringMatching(/the hash is not/)]);
  });

  test('a rollback with a canary wave, an upgrade, or bytes to send', () => {
    const change = (wave: Partial<Wave>, of: Partial<UnitPlan>): Plan =>
      sealPlan({
        ...unsealed(back),
        waves: back.waves.map((each) => ({
          ...each,
          ...wave,
          hosts: each.hosts.map((one) => ({ ...one, units: one.units.map((two) => ({ ...two, ...of })) })),
        })),
      });
    const alone = ranchOf([host('a')]);
    expect(lintPlan(change({ canary: true }, {}), alone)).toEqual(['a rollback has no canary wave']);
    expect(lintPlan(change({}, { action: 'upgrade' }), alone).join()).toMatch(/upgrade in a rollback/);
    expect(lintPlan(change({}, { bytesToSend: 1 }), alone).join()).toMatch(/rollback sends a binary/);
  });

  test('a circle in the inventory', () => {
    const circle: Ranch = {
      ...ranch,
      hosts: ranch.hosts.map((each) => (each.name === 'b' ? host('b', { after: ['e'] }) : each)),
    };
    expect(lintPlan(plan, circle).join()).toMatch(/lies in a wave before/);
  });

  test('quorums by count, and zones that the inventory does not describe', () => {
    const quorum = { kind: 'count', count: 1 } as const;
    const counted = ranchOf([host('a'), host('b'), host('c')], [{ name: 'lan', quorum }]);
    const made = rollout({ ranch: counted });
    expect(lintPlan(made, counted)).toEqual([]);
    expect(lintPlan(made, { ...counted, zones: [] })).toEqual([]);
    expect(
      lintPlan(made, ranchOf(counted.hosts, [{ name: 'lan', quorum: { kind: 'count', count: 2 } }])).join(),
    ).toMatch(/quorum/);
  });
});

function unsealed({ hash: _, ...rest }: Plan): Omit<Plan, 'hash'> {
  return rest;
}
