import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canary, found } from './find-secret.ts';

const SECRET = 'kö+n/ig "canary" 7f3a';
const ONE = canary('password', SECRET);

const ways: readonly (readonly [string, (text: string) => string])[] = [
  ['plain', (text) => text],
  ['hex', (text) => Buffer.from(text).toString('hex')],
  ['hex in capitals', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['base64 in lines', (text) => Buffer.from(text).toString('base64').replace(/.{7}/g, '$&\n')],
  ['base64url', (text) => Buffer.from(text).toString('base64url')],
  ['URL-encoded', encodeURIComponent],
  ['a query', (text) => new URLSearchParams({ key: text }).toString()],
  ['JSON', (text) => JSON.stringify({ key: text })],
  [
    'percent signs throughout',
    (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join(''),
  ],
];

describe('the search', () => {
  test.each(ways)('finds a secret as %s, whatever stands around it', (_, write) => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
        expect(found([ONE], `${write(`x${SECRET}`)} ${write(`${SECRET}`)}`)).not.toEqual([]);
        expect(found([ONE], write(before + SECRET + after))).not.toEqual([]);
        expect(
          found([ONE], Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(write(SECRET))])),
        ).not.toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('finds bytes that are no text', () => {
    const value = Buffer.from('00ff80fe7f0102030405060708090a0b', 'hex');
    for (const form of [value, value.toString('hex'), `xx${value.toString('base64')}`]) {
      expect(found([{ name: 'seed', value }], form)).not.toEqual([]);
    }
  });

  test('finds nothing where there is nothing, nor a piece of it', () => {
    expect(found([ONE], SECRET.slice(1))).toEqual([]);
    expect(found([ONE], 'nothing of the kind')).toEqual([]);
    // What is compressed is out of its reach: ranch compresses nothing that it keeps.
    expect(found([ONE], gzipSync(SECRET.repeat(3)))).toEqual([]);
  });
});
