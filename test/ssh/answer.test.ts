import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnswer } from '../../src/ssh/answer.ts';
import { markersOf } from '../../src/ssh/command-line.ts';

const MARKERS = markersOf('0123456789abcdef0123456789abcdef');

describe('an answer', () => {
  test('is exact however it is cut into chunks, whatever stands around it', () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 255 }),
      (output, banner, cuts, code) => {
        const all = Buffer.concat([
          Buffer.from(banner + MARKERS.start),
          output,
          Buffer.from(`${MARKERS.end}${code}\nlogout\n`),
        ]);
        const answer = createAnswer(MARKERS);
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          answer.take(all.subarray(at, at + size));
          at += size;
        }
        expect(answer.output().equals(Buffer.from(output))).toBe(true);
        expect(answer.exitCode).toBe(code);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test('without its end has no exit code', () => {
    const answer = createAnswer(MARKERS);
    answer.take(Buffer.from(`${MARKERS.start}half`));
    expect(answer).toMatchObject({ started: true, exitCode: undefined });
  });

  test('of a refusal: an end without a beginning, and what was said', () => {
    const answer = createAnswer(MARKERS);
    answer.take(Buffer.from(`no\n${MARKERS.end}1\n`));
    expect(answer).toMatchObject({ started: false, exitCode: 1 });
    expect(answer.noise()).toContain('no');
  });

  test('keeps little of a banner that never ends', () => {
    const answer = createAnswer(MARKERS);
    for (let turn = 0; turn < 100; turn++) answer.take(Buffer.alloc(10_000, 'x'));
    expect(answer.noise().length).toBeLessThanOrEqual(4096);
  });

  test('with something else than a code behind its end has none, and what follows is not read', () => {
    for (const lie of ['999\n', '256\n', 'x', '1234', '\n']) {
      const answer = createAnswer(MARKERS);
      answer.take(Buffer.from(`${MARKERS.start}out${MARKERS.end}${lie}`));
      for (let turn = 0; turn < 10; turn++) answer.take(Buffer.from(`${MARKERS.end}0\n`));
      expect(answer).toMatchObject({ started: true, exitCode: undefined });
      expect(answer.output().toString()).toBe('out');
    }
  });

  test('that comes byte by byte behind a false end costs no time for what came before', () => {
    const answer = createAnswer(MARKERS);
    answer.take(Buffer.from(`${MARKERS.start}${MARKERS.end}`));
    const byte = Buffer.from('z');
    // To look at all of it again for each byte takes minutes.
    for (let turn = 0; turn < 300_000; turn++) answer.take(byte);
    expect(answer.exitCode).toBeUndefined();
  });
});
