import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksum } from '../../src/sq/checksum.ts';
import { formatCoordinate, ORIGIN, parseCoordinate } from '../../src/sq/coordinate.ts';
import { BREAKS, explode, holdsBreak, implode, type Scroll, scrollsOf } from '../../src/sq/phext.ts';
import { CYOA, CYOA_FACTS } from '../real-sq/cyoa.ts';

function shown(phext: string): readonly (readonly string[])[] {
  return scrollsOf(Buffer.from(phext)).map(({ coordinate, bytes }) => [
    coordinate,
    Buffer.from(bytes).toString(),
  ]);
}

describe('explode', () => {
  test('each delimiter advances its dimension and starts the lower ones again', () => {
    expect(shown('a\x17b\x18c\x19d\x1ae\x1cf\x1dg\x1eh\x1fi\x01j')).toEqual([
      ['1.1.1/1.1.1/1.1.1', 'a'],
      ['1.1.1/1.1.1/1.1.2', 'b'],
      ['1.1.1/1.1.1/1.2.1', 'c'],
      ['1.1.1/1.1.1/2.1.1', 'd'],
      ['1.1.1/1.1.2/1.1.1', 'e'],
      ['1.1.1/1.2.1/1.1.1', 'f'],
      ['1.1.1/2.1.1/1.1.1', 'g'],
      ['1.1.2/1.1.1/1.1.1', 'h'],
      ['1.2.1/1.1.1/1.1.1', 'i'],
      ['2.1.1/1.1.1/1.1.1', 'j'],
    ]);
  });

  test('0x1B and other controls are text; empty scrolls are no scrolls', () => {
    expect(shown('\x17\x17a\x1bb\x00\n\x18\x18')).toEqual([['1.1.1/1.1.1/1.1.3', 'a\x1bb\x00\n']]);
  });

  test('breaks clamp at 999; what comes last there stays, in order', () => {
    expect(shown(`${'\x17'.repeat(2000)}a\x17b`)).toEqual([['1.1.1/1.1.1/1.1.999', 'b']]);
    // A clamped section break goes back to scroll 1: the file is out of order.
    expect(shown(`${'\x18'.repeat(998)}\x17a\x18b`)).toEqual([
      ['1.1.1/1.1.1/1.999.1', 'b'],
      ['1.1.1/1.1.1/1.999.2', 'a'],
    ]);
  });

  test('several breaks at the end of a clamped file wipe out its last scroll, as in SQ', () => {
    expect(shown(`${'\x17'.repeat(998)}a\x17`)).toEqual([['1.1.1/1.1.1/1.1.999', 'a']]);
    expect(shown(`${'\x17'.repeat(998)}a\x17\x17`)).toEqual([]);
  });

  test('nothing is copied', () => {
    const bytes = Buffer.from('ab\x17cd');
    expect(explode(bytes)).toEqual([
      { coordinate: ORIGIN, start: 0, end: 2 },
      { coordinate: '1.1.1/1.1.1/1.1.2', start: 3, end: 5 },
    ]);
    expect(scrollsOf(bytes)[1]?.bytes.buffer).toBe(bytes.buffer);
  });

  test('a view into a larger buffer is read at its own place', () => {
    expect(explode(Buffer.from('x\x17yab\x17c').subarray(3))).toHaveLength(2);
  });
});

describe('implode', () => {
  test('sorts, drops the empty, keeps the later of two', () => {
    const at = (place: string, text: string): Scroll => ({
      coordinate: parseCoordinate(place),
      bytes: Buffer.from(text),
    });
    const phext = implode([
      at('1.1.1/1.1.1/2.1.3', 'late'),
      at('1.1.1/1.1.1/1.1.2', 'old'),
      at('1.1.1/1.1.1/1.1.5', ''),
      at('1.1.1/1.1.1/1.1.2', 'new'),
    ]);
    expect(Buffer.from(phext).toString()).toBe('\x17new\x19\x17\x17late');
  });

  const part = fc.integer({ min: 1, max: 12 });
  const scroll = fc.record({
    coordinate: fc
      .tuple(part, part, part, part, part, part, part, part, part)
      .map((nine) => formatCoordinate(nine)),
    bytes: fc
      .uint8Array({ minLength: 1, maxLength: 6 })
      .map((bytes) => bytes.map((byte) => (BREAKS.includes(byte) ? 0x41 : byte))),
  });

  test('explode gives back any scrolls, and implode any file that SQ wrote', () => {
    fc.assert(
      fc.property(fc.uniqueArray(scroll, { selector: ({ coordinate }) => coordinate }), (scrolls) => {
        const file = implode(scrolls);
        const back = new Map(scrollsOf(file).map((each) => [each.coordinate, Buffer.from(each.bytes)]));
        expect(back).toEqual(new Map(scrolls.map((each) => [each.coordinate, Buffer.from(each.bytes)])));
        expect(Buffer.from(implode(scrollsOf(file))).equals(file)).toBe(true);
      }),
    );
  });
});

test('the checksum of nothing', async () => {
  expect(await checksum(new Uint8Array())).toBe('99aa06d3014798d86001c324468d497f');
  expect(await checksum(Buffer.from('\x17\x18'))).toBe('99aa06d3014798d86001c324468d497f');
});

test('checksums asked for at once do not mix', async () => {
  const texts = ['one', 'two\x17three', 'four'];
  const together = await Promise.all(texts.map((text) => checksum(Buffer.from(text))));
  const apart = [];
  for (const text of texts) apart.push(await checksum(Buffer.from(text)));
  expect(together).toEqual(apart);
  expect(new Set(together).size).toBe(3);
});

test('holdsBreak finds each delimiter and nothing else', () => {
  const found = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
    holdsBreak(Uint8Array.of(0x41, byte, 0x42)),
  );
  expect(found).toEqual([...BREAKS].sort((a, b) => a - b));
});

test.skipIf(CYOA === undefined)(
  'the real CYOA (skipped where its file is not beside the checkout)',
  async () => {
    const bytes = readFileSync(CYOA ?? '');
    expect(bytes).toHaveLength(CYOA_FACTS.bytes);
    const scrolls = scrollsOf(bytes);
    expect(scrolls).toHaveLength(CYOA_FACTS.scrolls);
    expect(scrolls.at(-1)?.coordinate).toBe(CYOA_FACTS.lastScroll);
    expect(Math.max(...scrolls.map((scroll) => scroll.bytes.length))).toBe(CYOA_FACTS.largestScroll);
    expect(Buffer.compare(implode(scrolls), bytes)).toBe(0);
    expect(await checksum(scrolls)).toBe(CYOA_FACTS.checksum);
    for (const key of CYOA_FACTS.keyScrolls) {
      const scroll = scrolls.find(({ coordinate }) => coordinate === key.coordinate);
      expect(scroll?.bytes).toHaveLength(key.bytes);
      expect(
        Buffer.from(scroll?.bytes ?? [])
          .toString()
          .startsWith(key.begins),
      ).toBe(true);
    }
  },
);
