import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RanchError } from '../../src/domain/errors.ts';
import { toJson } from '../../src/store/parse/json.ts';
import { newRolloutId } from '../../src/store/rollout-id.ts';
import { codeOf, diskTrouble } from '../../src/store/trouble.ts';
import { seededRandom } from '../lab/seeded-random.ts';

const failure = (code: unknown) => Object.assign(new Error('it failed'), { code });

describe('what a disk or SQLite throws', () => {
  test.each([
    ['ENOSPC', /Free some space/],
    ['SQLITE_FULL', /Free some space/],
    ['SQLITE_IOERR_FSYNC', /Look at this disk/],
    ['SQLITE_CORRUPT_VTAB', /Look at this file and its disk/],
    ['EIO', /Look at this file and its disk/],
  ])('%s is told with what to do', (code, remedy) => {
    expect(diskTrouble('/state', failure(code))).toMatchObject({
      code: 'store-failed',
      place: '/state',
      remedy: expect.stringMatching(remedy),
    });
  });

  test.each([
    ['a wrong statement', failure('SQLITE_ERROR')],
    ['a broken rule', failure('SQLITE_CONSTRAINT_UNIQUE')],
    ['a wrong argument', failure('ERR_INVALID_ARG_TYPE')],
    ['a code that is none', failure(17)],
    ['an error without a code', new TypeError('x is not a function')],
    ['what is no error', 'thrown'],
    [
      'what was told before',
      new RanchError({ code: 'deadline', place: 'h1', message: 'it took too long', remedy: 'Wait.' }),
    ],
  ])('%s passes as it is: it is a defect, or told already', (_, error) => {
    expect(diskTrouble('/state', error)).toBe(error);
  });

  test('has a code where it says one', () => {
    expect([failure('EIO'), failure(17), new Error('x'), null].map(codeOf)).toEqual([
      'EIO',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test('what could not be read again is not stored', () => {
  const schema = z.object({ at: z.number() });
  expect(toJson(schema, { at: 1 }, 'a moment')).toBe('{"at":1}');
  expect(() => toJson(schema, { at: Number.NaN }, 'a moment')).toThrow('cannot be recorded (at: ');
  expect(() => toJson(z.number(), Number.NaN, 'a number')).toThrow('cannot be recorded (Invalid input: ');
});

test('an id of a rollout needs a time', () => {
  expect(newRolloutId(Date.UTC(2026, 10, 24), seededRandom(1))).toMatch(/^r-[0-9a-z]{8}[0-9a-f]{4}$/);
  expect(() => newRolloutId(Number.NaN, { ...seededRandom(1), hex: () => '!!' })).toThrow(RangeError);
});
