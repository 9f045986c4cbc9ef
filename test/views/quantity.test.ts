import { expect, test } from 'vitest';
import { count, grouped, showAge, showBytes, showDuration, showShortAge } from '../../src/views/quantity.ts';
import { showDate, showTime } from '../../src/views/time-of-day.ts';

const HOUR = 3_600_000;

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [4_194_139, '4.2 MB'],
  [123_400_000, '123 MB'],
  [999_999, '1.0 MB'],
])('%d bytes', (bytes, text) => {
  expect(showBytes(bytes)).toBe(text);
});

test.each([
  [110, '110 ms'],
  [4_240, '4.2 s'],
  [59_499, '59 s'],
  [59_900, '1 min'],
  [72_000, '1 min 12 s'],
  [HOUR - 600, '59 min 59 s'],
  [HOUR - 400, '1 h'],
  [3 * HOUR + 5 * 60_000, '3 h 5 min'],
  [52 * HOUR, '2 d 4 h'],
  [-5, '0 ms'],
])('%d ms as a duration', (ms, text) => {
  expect(showDuration(ms)).toBe(text);
});

test('an age is never rounded up, and has one unit', () => {
  expect([0, 59_999, 60_000, 26 * HOUR, 49 * HOUR, -1].map(showAge)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '26 h',
    '2 d',
    '0 s',
  ]);
});

test('a short age takes at most three columns', () => {
  for (let ms = 0; ms < 200 * 24 * HOUR; ms += 977_777)
    expect(showShortAge(ms).length).toBeLessThanOrEqual(3);
});

test('counts agree with their noun', () => {
  expect([count(1, 'host'), count(1_200, 'host'), count(2, 'binary', 'binaries')]).toEqual([
    '1 host',
    '1,200 hosts',
    '2 binaries',
  ]);
  expect([0, 999, 1_000, 12_345_678].map(grouped)).toEqual(['0', '999', '1,000', '12,345,678']);
});

test('times of day are those of the zone, midnight is 00', () => {
  const at = Date.UTC(2026, 1, 7, 23, 5, 9);
  expect(showTime(at, 'UTC')).toBe('23:05:09');
  expect(showDate(at, 'Europe/Berlin')).toBe('2026-02-08 00:05');
});
