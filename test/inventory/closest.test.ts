import { expect, test } from 'vitest';
import { closest, editDistance } from '../../src/inventory/closest.ts';
import { findCycles } from '../../src/inventory/cycles.ts';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['', 'abc', 3],
  ['port', 'prot', 1],
  ['adress', 'address', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
])('distance of %j and %j is %d', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test.each([
  ['PORT', 'port'],
  ['prot', 'port'],
  ['halcycon-vector', 'halcyon-vector'],
  ['x', undefined],
  ['elsewhere', undefined],
  ['a'.repeat(65), undefined],
])('%s -> %s', (word, meant) => {
  expect(closest(word, ['user', 'port', 'halcyon-vector', 'y', 'a'.repeat(64)])).toBe(meant);
});

test('cycles are found once each, however long the way to them', () => {
  const chain = Array.from({ length: 20_000 }, (_, n): [string, string[]] => [`n${n}`, [`n${n + 1}`]]);
  const graph = new Map([...chain, ['n20000', ['n19998']], ['self', ['self']], ['free', ['n5', 'nowhere']]]);
  expect(findCycles(graph)).toEqual([
    ['n19998', 'n19999', 'n20000', 'n19998'],
    ['self', 'self'],
  ]);
  expect(
    findCycles(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['d']],
        ['c', ['d']],
        ['d', []],
      ]),
    ),
  ).toEqual([]);
});
