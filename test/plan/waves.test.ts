import { describe, expect, test } from 'vitest';
import { canaryCount, planBudget, zoneBudget } from '../../src/plan/budget.ts';
import {
  binary,
  host,
  NEW,
  ranchOf,
  reached,
  rollout,
  server,
  shape,
  stopped,
  unreachable,
} from './given.ts';

const count = (amount: number) => ({ kind: 'count', count: amount }) as const;
const percent = (amount: number) => ({ kind: 'percent', percent: amount }) as const;
const none = { canary: count(0) };

describe('waves', () => {
  const real = ranchOf([
    host('verse', { zone: 'aws', after: ['lan'] }),
    host('lux'),
    host('phex', { tags: ['canary'] }),
    host('lumen'),
  ]);

  test('canary, then by zone, in the order of the inventory', () => {
    const plan = rollout({ ranch: real });
    expect(shape(plan)).toEqual([
      ['canary', ['phex']],
      ['lan', ['lux', 'lumen']],
      ['aws', ['verse']],
    ]);
    expect(plan.waves.map((wave) => wave.canary)).toEqual([true, false, false]);
    const reasons = plan.waves.map((wave) => wave.hosts[0]?.reasons);
    expect(reasons[0]).toEqual(['canary: tagged canary']);
    expect(reasons[1]).toEqual(['waits for the canary wave', 'one at a time: quorum 50% of 3 in zone lan']);
    expect(reasons[2]).toEqual(['waits for zone lan to be done']);
    expect(plan.waves[2]?.hosts[0]).toMatchObject({ after: [], afterZones: ['lan'] });
  });

  test('the first of the first zone is the canary where none is tagged', () => {
    const ranch = ranchOf([host('z', { zone: 'b' }), host('x'), host('y')], [{ name: 'b', after: ['lan'] }]);
    const plan = rollout({ ranch });
    expect(shape(plan)).toEqual([
      ['canary', ['x']],
      ['lan', ['y']],
      ['b', ['z']],
    ]);
    expect(plan.waves[0]?.hosts[0]?.reasons[0]).toBe('canary: the first of zone lan');
    expect(plan.waves[2]?.hosts[0]).toMatchObject({ after: [], reasons: ['waits for zone lan to be done'] });
  });

  test('canaries fill up from their zone, then from others; never with a host that waits', () => {
    const ranch = ranchOf([
      host('x'),
      host('o', { zone: 'b' }),
      host('y', { tags: ['canary'] }),
      host('w', { tags: ['canary'], after: ['x'] }),
    ]);
    const plan = rollout({ ranch, options: { canary: count(9) } });
    expect(shape(plan)[0]?.[1]).toEqual(['x', 'o', 'y']);
    expect(plan.waves[1]?.hosts[0]?.reasons).toEqual([
      'tagged canary, but not among the canaries',
      'waits for x to be done',
    ]);
    expect(shape(rollout({ ranch, options: { canary: count(2) } }))[0]?.[1]).toEqual(['x', 'y']);
  });

  test('a host may wait for a host, or for the rest of its own zone', () => {
    const ranch = ranchOf([host('last', { after: ['lan'] }), host('b', { after: ['a'] }), host('a')]);
    const plan = rollout({ ranch, options: none });
    expect(shape(plan)).toEqual([
      ['lan', ['a']],
      ['lan (2)', ['b']],
      ['lan (3)', ['last']],
    ]);
    expect(plan.waves[2]?.hosts[0]).toMatchObject({
      after: [],
      afterZones: ['lan'],
      reasons: ['waits for the rest of zone lan to be done'],
    });
    expect(plan.waves[0]?.hosts[0]?.reasons).toEqual(['waits for no other host']);
  });

  test('hosts that each wait for a zone name it, and not its hosts: a plan grows with its hosts, not with their square', () => {
    const many = (size: number) => {
      const hosts = Array.from({ length: size }, (_, n) =>
        host(`h${1000 + n}`, n % 2 === 0 ? { zone: 'a' } : { zone: 'b', after: ['a'] }),
      );
      return JSON.stringify(rollout({ ranch: ranchOf(hosts) })).length;
    };
    expect(many(400)).toBeLessThan(2.1 * many(200));
  });

  test('order goes through hosts that are not planned', () => {
    const ranch = ranchOf([host('c', { after: ['b'] }), host('b', { after: ['a'] }), host('a')]);
    const plan = rollout({
      ranch,
      options: none,
      seen: { b: reached('b', { servers: [server({ running: { sha256: NEW } })], binaries: [binary(NEW)] }) },
    });
    expect(shape(plan)).toEqual([
      ['lan', ['a']],
      ['lan (2)', ['c']],
    ]);
    expect(plan.waves[1]?.hosts[0]?.reasons).toEqual(['does not wait for b: nothing of it is in this plan']);
  });

  test('zones of one level share a wave, no wider than the tightest that needs it', () => {
    const ranch = ranchOf(
      ['a', 'b', 'c', 'd', 'e'].flatMap((zone) => [
        host(`${zone}1`, { zone }),
        host(`${zone}2`, { zone }),
        host(`${zone}3`, { zone }),
      ]),
      [{ name: 'b', quorum: percent(10) }],
    );
    const [wave] = rollout({ ranch, options: none }).waves;
    expect(wave).toMatchObject({ name: 'a + b + c + 2 more', maxParallel: 1 });
    const apart = ranchOf(['a', 'b'].map((zone) => host(zone, { zone })));
    expect(rollout({ ranch: apart, options: none }).waves[0]?.maxParallel).toBe(10);
    const wide = ranchOf(['1', '2', '3', '4'].map((name) => host(name)));
    const [two] = rollout({ ranch: wide, options: none }).waves;
    expect(two?.maxParallel).toBe(2);
    expect(two?.hosts[0]?.reasons).toContain('2 at a time: quorum 50% of 4 in zone lan');
  });

  test('a circle is refused', () => {
    const circle = ranchOf(
      Array.from({ length: 7 }, (_, index) => host(`h${index}`, { after: [`h${(index + 1) % 7}`] })),
    );
    expect(() => rollout({ ranch: circle })).toThrow(
      /goes in a circle: h0, h1, h2, h3, h4 and 2 more can never start/,
    );
    const zones = ranchOf(
      [host('x'), host('y', { zone: 'b' })],
      [
        { name: 'b', after: ['lan'] },
        { name: 'lan', after: ['b'] },
      ],
    );
    expect(() => rollout({ ranch: zones })).toThrow(/x, y can never start/);
  });
});

describe('zones', () => {
  test('count their hosts without the absent, frozen at planning', () => {
    const ranch = ranchOf([
      host('a'),
      host('b'),
      host('c', { expect: 'absent' }),
      host('d', { expect: 'absent' }),
    ]);
    const plan = rollout({ ranch, seen: { c: unreachable('c') } });
    expect(plan.zones).toEqual([{ zone: 'lan', size: 3, quorum: percent(50), maxDown: 1, budget: 0 }]);
  });

  test('what is down already uses up room, and that is acknowledged', () => {
    const ranch = ranchOf([host('a'), host('b'), host('c'), host('d')]);
    const seen = { c: unreachable('c'), d: reached('d', { servers: [], stopped: [stopped()] }) };
    const plan = rollout({ ranch, seen });
    expect(plan.zones[0]?.maxDown).toBe(1);
    expect(plan.acknowledgements).toEqual([
      {
        id: 'downtime:lan',
        text: 'zone lan: quorum 50% of 4 leaves no room (2 down already): its hosts go one at a time, and each server will not answer for about 110 ms',
      },
    ]);
  });

  test('a zone of one host, or of a full quorum, is acknowledged', () => {
    const one = rollout({ ranch: ranchOf([host('verse', { zone: 'aws' })]) });
    expect(one.acknowledgements[0]).toMatchObject({
      id: 'downtime:aws',
      text: expect.stringMatching(/has one host, verse/),
    });
    const full = rollout({ ranch: ranchOf([host('a'), host('b')], [{ name: 'lan', quorum: percent(100) }]) });
    expect(full.acknowledgements[0]?.text).toMatch(/quorum 100% of 2 leaves no room: /);
    expect(rollout({ ranch: ranchOf([host('a'), host('b')]) }).acknowledgements).toEqual([]);
  });

  test('an install takes nothing down', () => {
    const spec = host('a', { instances: [{ port: 1337, binary: '/opt/sq', dataDir: '/d' }] });
    expect(
      rollout({ ranch: ranchOf([spec]), seen: { a: reached('a', { servers: [], binaries: [] }) } })
        .acknowledgements,
    ).toEqual([]);
  });

  test('that the inventory does not describe keep half', () => {
    const ranch = { ...ranchOf([host('a'), host('b')]), zones: [] };
    expect(rollout({ ranch }).zones[0]).toMatchObject({ quorum: percent(50), maxDown: 1 });
  });
});

test('budgets and canaries are whole hosts', () => {
  expect([planBudget(percent(20), 9), planBudget(count(5), 3)]).toEqual([1, 3]);
  expect([zoneBudget(percent(20), 2, 2), zoneBudget(count(3), 2, 9), zoneBudget(percent(100), 5, 2)]).toEqual(
    [1, 2, 2],
  );
  expect([
    canaryCount(count(0), 5),
    canaryCount(percent(0), 5),
    canaryCount(percent(1), 5),
    canaryCount(percent(50), 5),
    canaryCount(count(2), 1),
  ]).toEqual([0, 0, 1, 2, 1]);
});
