import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { lintPlan } from '../../src/plan/lint.ts';
import { parsePlan } from '../../src/plan/parse-plan.ts';
import { sealPlan } from '../../src/plan/seal.ts';
import { stalePlan } from '../../src/plan/stale.ts';
import { planText } from '../../src/views/plan-text.ts';
import { PLAIN } from '../../src/views/style.ts';
import { ARTIFACT, host, looks, ranchOf, rollout } from './given.ts';

const RANCH = ranchOf([host('a', { instances: [{ port: 1337, phext: 'x', keyFile: '~/k' }] }), host('b')]);
const PLAN = rollout({ ranch: RANCH });

/** Anything that JSON can say in place of a value. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    0,
    -1,
    1.5,
    1e300,
    [],
    {},
    '\u001b[2J',
    '../x',
    '/x\n',
    '-x',
    '__proto__',
  ),
  fc.constantFrom<unknown>(
    [[]],
    { kind: 'plan' },
    '0.5.2',
    'latest',
    '2'.repeat(64),
    'x'.repeat(5_000),
    65_536,
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Ways to every value of a plan. */
function pathsIn(value: unknown, way: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [way];
  return [way, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...way, key]))];
}

/** A copy with another value at a place; the place is left out where there is none to put. */
function changed(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) };
  const inner = changed(Object(value)[key], rest, other);
  if (inner === undefined) Reflect.deleteProperty(Object(copy), key);
  else Reflect.set(Object(copy), key, inner);
  return copy;
}

const way = fc.constantFrom(...pathsIn(PLAN));

/** What a plan file is taken for before any host is looked at; refused with `plan-invalid` or read. */
function taken(json: unknown): Plan | undefined {
  try {
    return parsePlan(json, 'p.json');
  } catch (error) {
    expect(error).toBeInstanceOf(RanchError);
    expect(error).toMatchObject({ code: 'plan-invalid' });
    return undefined;
  }
}

/** All that is asked of a plan before it is carried out; it may complain, and must not crash. */
function judged(plan: Plan): void {
  lintPlan(plan, RANCH, [ARTIFACT]);
  stalePlan(plan, looks(RANCH));
  for (const line of planText(plan, { style: PLAIN, width: 100, now: 3_000 })) {
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  }
}

test('a plan file with anything anywhere in it is refused, since its hash no longer fits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(way, fc.option(odd, { nil: undefined })), { minLength: 1, maxLength: 3 }),
      (all) => {
        const json = all.reduce<unknown>((kept, [at, other]) => changed(kept, at, other), PLAN);
        const plan = taken(JSON.parse(JSON.stringify(json ?? null)));
        if (plan) expect(plan).toEqual(PLAN);
      },
    ),
    { numRuns: 1_500 },
  );
});

test('a plan file that somebody changed and hashed anew is refused, or can be judged and shown', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(way, odd), { minLength: 1, maxLength: 2 }), (all) => {
      const json = all.reduce<unknown>((kept, [at, other]) => changed(kept, at, other), PLAN);
      if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
      const { hash: _, ...rest } = JSON.parse(JSON.stringify(json));
      const plan = taken(sealPlan(rest));
      if (!plan) return;
      read += 1;
      judged(plan);
    }),
    { numRuns: 2_500 },
  );
  expect(read).toBeGreaterThan(50);
});

test('whatever JSON it is, it is a plan or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), odd), (json) => {
      expect(taken(json)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
