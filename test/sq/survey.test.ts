import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCoordinate, ORIGIN } from '../../src/sq/coordinate.ts';
import { byCoordinate, differences } from '../../src/sq/differences.ts';
import { BREAKS, implode, type Scroll, scrollsOf } from '../../src/sq/phext.ts';
import { survey } from '../../src/sq/survey.ts';
import { CYOA, CYOA_FACTS } from '../real-sq/cyoa.ts';

const of = (text: string) => survey(Buffer.from(text));

describe('survey', () => {
  test('a file that SQ wrote is exact', () => {
    expect(of('a\x17b\x18c')).toMatchObject({
      utf8: true,
      exact: true,
      lost: [],
      outOfOrder: 0,
      plain: false,
    });
  });

  test('trailing breaks are told, and lose nothing', () => {
    expect(of('a\x17b\x17\x17')).toMatchObject({ exact: false, lost: [] });
  });

  test('scrolls that clamping puts upon each other are lost, and said where', () => {
    const { lost, scrolls } = of(`${'\x17'.repeat(2000)}first\x17second`);
    expect(lost).toEqual([{ coordinate: '1.1.1/1.1.1/1.1.999', bytes: 5 }]);
    expect(scrolls).toHaveLength(1);
    expect(of(`${'\x17'.repeat(998)}a\x17\x17`).lost).toEqual([
      { coordinate: '1.1.1/1.1.1/1.1.999', bytes: 1 },
    ]);
  });

  test('an odd order is told', () => {
    expect(of(`${'\x18'.repeat(998)}\x17a\x18b`)).toMatchObject({ exact: false, outOfOrder: 1, lost: [] });
  });

  test('what is no phext, or may not be meant as one', () => {
    expect(survey(Buffer.from([0x61, 0xc3])).utf8).toBe(false);
    expect(of('plain text')).toMatchObject({ plain: true, exact: true });
    expect(of('\ufeffa\x17b').marked).toBe(true);
    expect(of('').scrolls).toEqual([]);
  });

  test('exact means that explode then implode gives the file back, whatever bytes it has', () => {
    const byte = fc.oneof(fc.constantFrom(...BREAKS), fc.constantFrom(0x61, 0x62));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
        const file = Buffer.from(bytes);
        expect(survey(file).exact).toBe(Buffer.compare(implode(scrollsOf(file)), file) === 0);
      }),
    );
  });

  test.skipIf(CYOA === undefined)('the real CYOA is exact', () => {
    const found = survey(readFileSync(CYOA ?? ''));
    expect(found).toMatchObject({ utf8: true, exact: true, lost: [], outOfOrder: 0, plain: false });
    expect(found.scrolls).toHaveLength(CYOA_FACTS.scrolls);
  });
});

describe('differences', () => {
  const scroll = (last: number, text: string): Scroll => ({
    coordinate: formatCoordinate([1, 1, 1, 1, 1, 1, 1, 1, last]),
    bytes: Buffer.from(text),
  });
  const map = (...scrolls: readonly Scroll[]) => byCoordinate(scrolls);

  test('by coordinate, in order, with sizes and an escaped beginning', () => {
    const before = map(scroll(1, 'same'), scroll(2, 'old'), scroll(4, 'gone\nline'));
    const after = map(scroll(3, 'new \u001b[31m'), scroll(1, 'same'), scroll(2, 'older'));
    expect(differences(before, after)).toEqual([
      { coordinate: '1.1.1/1.1.1/1.1.2', kind: 'changed', before: 3, after: 5, summary: 'older' },
      { coordinate: '1.1.1/1.1.1/1.1.3', kind: 'added', after: 9, summary: 'new \\x1b[31m' },
      { coordinate: '1.1.1/1.1.1/1.1.4', kind: 'removed', before: 9, summary: 'gone' },
    ]);
  });

  test('an empty scroll is none', () => {
    expect(differences(map(), map({ coordinate: ORIGIN, bytes: new Uint8Array() }))).toEqual([]);
  });
});
