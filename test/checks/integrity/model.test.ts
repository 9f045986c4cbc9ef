import { describe, expect, test } from 'vitest';
import { judgeAppended } from '../../../src/checks/integrity/appended.ts';
import type { Action, Operation } from '../../../src/checks/integrity/history.ts';
import { acknowledged, judge } from '../../../src/checks/integrity/model.ts';
import { judgeRegister } from '../../../src/checks/integrity/register.ts';
import { oneOf, seededRandom } from '../../../src/checks/integrity/seeded.ts';
import { parseCoordinate } from '../../../src/sq/coordinate.ts';

const AT = parseCoordinate('1.1.1/1.1.1/1.1.2');
const OTHER = parseCoordinate('1.1.1/1.1.1/1.1.3');

function op(action: Action, start: number, end?: number, coordinate = AT): Operation {
  return { coordinate, action, start, ...(end === undefined ? {} : { end }) };
}
const wrote = (text: string, start: number, end?: number) => op({ kind: 'update', text }, start, end);
const read = (text: string, start: number, end: number) => op({ kind: 'select', text }, start, end);
const removed = (start: number, end?: number) => op({ kind: 'delete' }, start, end);
const added = (text: string, start: number, end?: number) => op({ kind: 'insert', text }, start, end);

describe('a scroll that is overwritten', () => {
  test.each<[string, readonly Operation[]]>([
    ['nothing at all', []],
    ['a write and a read', [wrote('a', 0, 1), read('a', 2, 3)]],
    ['an empty scroll', [read('', 0, 1)]],
    ['either of two writes at once', [wrote('a', 0, 5), wrote('b', 1, 4), read('a', 6, 7)]],
    ['either of two writes at once, the other', [wrote('a', 0, 5), wrote('b', 1, 4), read('b', 6, 7)]],
    ['a write that is read before it is acknowledged', [wrote('a', 0, 9), read('a', 1, 2), read('a', 3, 4)]],
    ['a write that was never acknowledged, and happened', [wrote('a', 0), read('', 1, 2), read('a', 3, 4)]],
    ['one that did not', [wrote('a', 0), read('', 1, 2)]],
    ['a delete', [wrote('a', 0, 1), removed(2, 3), read('', 4, 5)]],
    ['a delete beside a write', [wrote('a', 0, 4), removed(1, 3), read('a', 5, 6)]],
    [
      'a long write with short ones within',
      [wrote('a', 0, 20), wrote('b', 1, 2), read('b', 3, 4), read('a', 5, 6)],
    ],
  ])('holds: %s', (_name, operations) => {
    expect(judgeRegister(operations)).toBeUndefined();
  });

  test.each<[string, readonly Operation[], string]>([
    [
      'a lost write',
      [wrote('a', 0, 1), wrote('b', 2, 3), read('a', 8, 9)],
      'read "a", 5 ms after "b" was acknowledged',
    ],
    [
      'a write that is not there',
      [wrote('a', 0, 1), read('', 2, 3)],
      'read nothing, 1 ms after "a" was acknowledged',
    ],
    ['a text of nobody', [wrote('a', 0, 1), read('c', 2, 3)], 'read "c", which nobody wrote'],
    [
      'a text from the future',
      [read('a', 0, 1), wrote('a', 2, 3)],
      'read "a": no one order of the writes gives all reads',
    ],
    [
      'a delete that is undone',
      [wrote('a', 0, 1), removed(2, 3), read('a', 4, 5)],
      'read "a", 1 ms after a delete was acknowledged',
    ],
    [
      'two reads that tell two orders of two writes at once',
      [wrote('a', 0, 9), wrote('b', 0, 9), read('a', 10, 11), read('b', 12, 13), read('a', 14, 15)],
      'read "b": no one order of the writes gives all reads',
    ],
    [
      'a read that goes back behind one before it',
      [wrote('a', 0, 1), wrote('b', 2, 9), read('b', 3, 4), read('a', 5, 6)],
      'read "a": no one order of the writes gives all reads',
    ],
    [
      'a write that comes back',
      [wrote('a', 0), wrote('b', 5, 6), read('b', 7, 8), read('a', 9, 10), read('b', 11, 12)],
      'read "b": no one order of the writes gives all reads',
    ],
  ])('does not: %s', (_name, operations, words) => {
    expect(judgeRegister(operations)).toBe(words);
  });

  // Among many writers at once a write that is forgotten looks like one that another overwrote: it cannot be told. So
  // each client of the check has a scroll of its own, beside those that all write to.

  /** A true history of clients that each wait for their answer; `lose` makes the server forget one write in so many. */
  function simulated(seed: string, lose: number, writers: number): readonly Operation[] {
    const random = seededRandom(seed);
    const planned = Array.from({ length: 8 }, (_, client) => {
      let now = random.next() * 5;
      return Array.from({ length: 60 }, (_none, number) => {
        const start = now;
        const end = start + 1 + random.next() * 20;
        now = end + random.next();
        const kind = client < writers ? oneOf(random, 'update', 'update', 'select', 'delete') : 'select';
        return { kind, text: `${client}-${number}`, start, end, at: start + random.next() * (end - start) };
      });
    }).flat();
    let holds = '';
    const operations = planned
      .sort((a, b) => a.at - b.at)
      .map(({ kind, text, start, end }) => {
        if (kind === 'select') return read(holds, start, end);
        if (random.next() * lose >= 1 || lose === 0) holds = kind === 'delete' ? '' : text;
        return kind === 'delete' ? removed(start, end) : wrote(text, start, end);
      });
    return operations.sort((a, b) => a.start - b.start);
  }

  test('is never wrongly accused, with eight clients at once', () => {
    for (let seed = 0; seed < 20; seed++)
      expect(judgeRegister(simulated(`s${seed}`, 0, 8)), `${seed}`).toBeUndefined();
  });

  test('is found out where the server forgets one write in ten of the only writer', () => {
    const found = Array.from({ length: 20 }, (_, seed) => judgeRegister(simulated(`s${seed}`, 10, 1)));
    expect(found.filter((words) => words === undefined)).toEqual([]);
  });
});

describe('a scroll that is appended to', () => {
  test.each<[string, readonly Operation[]]>([
    ['in order', [added('[1-1]', 0, 1), added('[1-2]', 2, 3), read('[1-1][1-2]', 4, 5)]],
    ['in either order at once', [added('[1-1]', 0, 5), added('[2-1]', 1, 4), read('[2-1][1-1]', 6, 7)]],
    ['with one that was never acknowledged', [added('[1-1]', 0), added('[2-1]', 1, 2), read('[2-1]', 3, 4)]],
    [
      'and read meanwhile',
      [added('[1-1]', 0, 9), read('', 1, 2), read('[1-1]', 3, 4), read('[1-1]', 10, 11)],
    ],
  ])('holds: %s', (_name, operations) => {
    expect(judgeAppended(operations)).toBeUndefined();
  });

  test.each<[string, readonly Operation[], string]>([
    [
      'one lost',
      [added('[1-1]', 0, 1), added('[2-1]', 2, 3), read('[2-1]', 5, 6)],
      '[1-1] is lost, 4 ms after its insert was acknowledged',
    ],
    ['one twice', [added('[1-1]', 0, 1), read('[1-1][1-1]', 2, 3)], 'an insert is there twice'],
    [
      'one of nobody',
      [added('[1-1]', 0, 1), read('[1-1][3-9]', 2, 3)],
      '"[3-9]" is there, which nobody inserted',
    ],
    ['half of one', [added('[1-1]', 0, 1), read('[1-1][1-', 2, 3)], '"[1-" is there, which nobody inserted'],
    [
      'out of order',
      [added('[1-1]', 0, 1), added('[1-2]', 2, 3), read('[1-2][1-1]', 4, 5)],
      '[1-1] stands behind a later insert',
    ],
    ['too early', [read('[1-1]', 0, 1), added('[1-1]', 2, 3)], '[1-1] was read before it was inserted'],
    [
      'gone again',
      [added('[1-1]', 0, 99), read('[1-1]', 1, 2), read('', 3, 4)],
      'a later read gave less than an earlier one',
    ],
    [
      'two orders',
      [added('[1-1]', 0, 9), added('[2-1]', 0, 9), read('[1-1][2-1]', 1, 2), read('[2-1][1-1]', 3, 4)],
      'two reads tell two orders',
    ],
  ])('does not: %s', (_name, operations, words) => {
    expect(judgeAppended(operations)).toBe(words);
  });
});

test('each coordinate is judged on its own, and named', () => {
  const operations = [
    wrote('a', 0, 1),
    op({ kind: 'update', text: 'b' }, 2, 3, OTHER),
    read('a', 4, 5),
    op({ kind: 'select', text: 'a' }, 4, 5, OTHER),
  ];
  expect(judge(operations)).toEqual([{ coordinate: OTHER, what: 'read "a", which nobody wrote' }]);
  expect(acknowledged([...operations, wrote('c', 9)])).toBe(2);
});
