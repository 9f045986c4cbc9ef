import { describe, expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import { parsePlan } from '../../src/plan/parse-plan.ts';
import { canonicalJson, hashPlan, sealPlan, verifyPlan } from '../../src/plan/seal.ts';
import { host, ranchOf, rollout } from './given.ts';

const plan = rollout({
  ranch: ranchOf([host('a', { instances: [{ port: 1337, phext: 'x', keyFile: '~/k' }] }), host('b')]),
});
const { hash: _, ...unsealed } = plan;

describe('the seal', () => {
  test('does not depend on the order of members, and ignores undefined ones', () => {
    expect(canonicalJson({ b: [1, undefined, 'x'], a: { d: undefined, c: null } })).toBe(
      '{"a":{"c":null},"b":[1,null,"x"]}',
    );
    expect(canonicalJson(undefined)).toBe('null');
    expect(hashPlan(JSON.parse(canonicalJson(unsealed)))).toBe(plan.hash);
  });

  test('breaks with any change', () => {
    expect(verifyPlan(plan)).toBe(true);
    expect(verifyPlan({ ...plan, createdAt: plan.createdAt + 1 })).toBe(false);
  });
});

describe('a plan from a file', () => {
  test('is the plan that was written', () => {
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  test.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['a text', 'plan'],
    ['an unknown member', { ...plan, extra: 1 }],
    ['an edit', { ...plan, budget: 1 }],
    ['no hash', unsealed],
    ['a bad version', sealPlan({ ...unsealed, target: JSON.parse('"latest"') })],
  ])('refuses %s', (_name, json) => {
    expect(() => parsePlan(json)).toThrow(RanchError);
    expect(() => parsePlan(json)).toThrow(expect.objectContaining({ code: 'plan-invalid' }));
  });

  test.each<readonly [string, (text: string) => string]>([
    [
      'waves.0.hosts.0.units.0.binary',
      (text) => text.replaceAll('"/usr/local/bin/sq"', '"usr/local/bin/sq"'),
    ],
    [
      'waves.0.hosts.0.units.0.instances.0.supervisor.unit',
      (text) => text.replaceAll('sq.service', '--force'),
    ],
    ['waves.0.hosts.0.units.0.instances.0.user', (text) => text.replaceAll('"user":"sq"', '"user":"$(id)"')],
    [
      'waves.0.hosts.0.units.0.instances.0.dataDir',
      (text) => text.replaceAll('/var/lib/sq', '/var/\\u001b[2J'),
    ],
    [
      'waves.0.hosts.0.units.0.instances.0.supervisor.kind',
      (text) => text.replaceAll('systemd-system', 'docker'),
    ],
    ['waves.0.hosts.0.host', (text) => text.replaceAll('"host":"a"', '"host":"-oProxyCommand=x"')],
    ['waves.0.hosts.0.units.0.to.sha256', (text) => text.replaceAll('2'.repeat(64), 'f'.repeat(63))],
  ])('names the place: %s', (place, edit) => {
    const edited = JSON.parse(edit(JSON.stringify(unsealed)));
    expect(() => parsePlan(sealPlan(edited), 'p.json')).toThrow(
      expect.objectContaining({ place: `p.json: ${place}` }),
    );
  });
});
