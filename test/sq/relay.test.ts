import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode } from '../../src/sq/phext.ts';
import {
  drawTestPlace,
  isAt,
  leftoverTests,
  mailboxNumber,
  messageLine,
  testBroadcast,
  testMailbox,
  testMessage,
  testMessagesIn,
} from '../../src/sq/relay.ts';

/** Where siblings write: 1.1.1/1.1.X/1.1.N. */
const OF_PEOPLE = /^1\.1\.1\/1\.1\.\d+\/1\.1\.\d+$/;
const NOW = Date.UTC(2026, 1, 7);

test('a test never writes where siblings do', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.9999999, noNaN: true }),
      fc.integer({ min: 1, max: 999 }),
      (draw, number) => {
        const place = drawTestPlace(() => draw);
        for (const coordinate of [testMailbox(place, number), testBroadcast(place)]) {
          expect(coordinate).not.toMatch(OF_PEOPLE);
          expect(isAt(coordinate, place)).toBe(true);
        }
      },
    ),
  );
});

test('mailboxes by their sentinel', () => {
  expect(['Phex', 'Lux', 'cyon', 'CHRYS', 'Lumen', 'Theia', 'Verse'].map(mailboxNumber)).toEqual([
    1, 2, 3, 4, 5, 6, 7,
  ]);
  expect(mailboxNumber('Nobody')).toBeUndefined();
  expect(mailboxNumber(undefined)).toBeUndefined();
});

test('messages are lines, whatever stands between them', () => {
  const at = testMailbox({ chapter: 900, section: 1 }, 1);
  const lines = ['a', 'b'].map((from) => messageLine(testMessage('run', from, 'c', at, NOW)));
  const { messages, others } = testMessagesIn(`${lines.join('')}not JSON\n{"type":"task"}\nnull\n`);
  expect(messages.map(({ from }) => from)).toEqual(['a', 'b']);
  expect(others).toBe(3);
});

test('only what a test left, and long ago, is a leftover', () => {
  const scroll = (place: string, text: string) => ({
    coordinate: parseCoordinate(place),
    bytes: Buffer.from(text),
  });
  const coordinate = parseCoordinate('1.1.1/1.1.1/900.5.1');
  const old = messageLine(testMessage('run', 'a', 'b', coordinate, NOW - 7_200_000));
  const young = messageLine(testMessage('run', 'a', 'b', coordinate, NOW - 1_000));
  const relay = implode([
    scroll('1.1.1/1.1.1/1.1.1', old),
    scroll('1.1.1/1.1.1/900.5.1', old),
    scroll('1.1.1/1.1.2/900.5.1', old),
    scroll('1.1.1/1.1.1/900.5.2', `${old}${young}`),
    scroll('1.1.1/1.1.1/900.5.3', `${old}somebody else's\n`),
    scroll('1.1.1/1.1.4/900.5.1', old),
  ]);
  expect(leftoverTests(relay, NOW)).toEqual(['1.1.1/1.1.1/900.5.1', '1.1.1/1.1.2/900.5.1']);
});
