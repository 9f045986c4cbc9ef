import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip, textWidth } from '../../src/views/text-width.ts';

test.each([
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한글', 4],
  ['ｆｕ', 4],
  ['🤠', 2],
  ['✓●✗↺·…█', 7],
  ['', 0],
])('%s takes its columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('a clip never takes more columns than there are, and is a beginning', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '日', '🤠', 'e\u0301'), maxLength: 20 });
  fc.assert(
    fc.property(text, fc.nat(30), (whole, width) => {
      const part = clip(whole, width);
      expect(whole.startsWith(part)).toBe(true);
      expect(textWidth(part)).toBeLessThanOrEqual(width);
      expect(textWidth(whole) <= width ? part : whole).toBe(whole);
    }),
  );
});

test('half a wide character is not shown', () => {
  expect(clip('日本', 3)).toBe('日');
});
