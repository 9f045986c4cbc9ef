import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asCoordinate,
  compareCoordinates,
  coordinateParts,
  formatCoordinate,
  ORIGIN,
  parseCoordinate,
} from '../../src/sq/coordinate.ts';

const part = fc.integer({ min: 1, max: 999 });
const parts = fc.tuple(part, part, part, part, part, part, part, part, part);

describe('parseCoordinate', () => {
  test('takes a semicolon for a slash', () => {
    expect(parseCoordinate('1.2.3;4.5.6;7.8.999')).toBe('1.2.3/4.5.6/7.8.999');
  });

  test.each([
    '',
    'nonsense',
    '1.1.1',
    '1.1.1/1.1.1/1.1',
    '0.1.1/1.1.1/1.1.1',
    '1.1.1/1.1.1/1.1.1000',
    '01.1.1/1.1.1/1.1.1',
    '1.1.1/1.1.1/1.1.1 ',
    '1.1.1/1.1.1/1.1.1\n',
    '1.1.1/1.1.1/1.1.1/1',
    '1.1.1.1.1.1.1.1.1',
    '-1.1.1/1.1.1/1.1.1',
    '1.1.1/1.1.1/1.1.١',
  ])('refuses %j, which SQ would take for some place', (text) => {
    expect(asCoordinate(text)).toBeUndefined();
    expect(() => parseCoordinate(text, 'argument')).toThrow(
      expect.objectContaining({ code: 'usage', place: 'argument' }),
    );
  });
});

test('parts and text are two forms of one thing', () => {
  fc.assert(
    fc.property(parts, (nine) => {
      expect(coordinateParts(formatCoordinate(nine))).toEqual(nine);
    }),
  );
});

test('a part out of range is refused', () => {
  expect(() => formatCoordinate([1, 1, 1, 1, 1, 1, 1, 1, 1000])).toThrow('not a coordinate');
  expect(() => formatCoordinate([1, 1, 1, 1, 1.5, 1, 1, 1, 1])).toThrow('not a coordinate');
});

test('order is by the largest dimension first, and by number', () => {
  const shuffled = ['1.1.1/1.1.1/1.1.10', '2.1.1/1.1.1/1.1.1', '1.1.1/1.1.1/1.1.9', ORIGIN].map((text) =>
    parseCoordinate(text),
  );
  expect(shuffled.sort(compareCoordinates)).toEqual([
    ORIGIN,
    '1.1.1/1.1.1/1.1.9',
    '1.1.1/1.1.1/1.1.10',
    '2.1.1/1.1.1/1.1.1',
  ]);
});
