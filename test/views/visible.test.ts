import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible, visibleJson } from '../../src/views/visible.ts';

test.each([
  ['escape sequences', '\x1b[31mred\x1b]0;title\x07', '\\x1b[31mred\\x1b]0;title\\x07'],
  ['line breaks and tabs', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['C1 controls and DEL', '\x9b31m\x7f', '\\x9b31m\\x7f'],
  ['bidi controls', 'a\u202egnp.exe', 'a\\u{202e}gnp.exe'],
  ['zero-width characters and tags', 'a\u200bb\u{e0041}', 'a\\u{200b}b\\u{e0041}'],
  ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
  ['spaces that are not a space', 'a\u00a0b\u3000', 'a\\xa0b\\u{3000}'],
  ['half a character', 'a\ud83d', 'a\\u{d83d}'],
  ['private and unassigned code points', '\ue000\u0378', '\\u{e000}\\u{378}'],
  ['combining marks beyond two', 'e\u0301\u0302\u0303\u0304', 'e\u0301\u0302\\u{303}\\u{304}'],
])('%s become visible', (_name, text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('text of any language and the replacement character stay as they are', () => {
  const text = 'Grüße 日本語 שלום हिन्दी 🤠 \ufffd';
  expect(visible(text)).toBe(text);
});

test('what only has ASCII is left has ASCII only', () => {
  expect(visible('é→🤠', { ascii: true })).toBe('\\xe9\\u{2192}\\u{1f920}');
});

test('a text is bounded and never ends in half a character', () => {
  expect(visible('🤠'.repeat(10), { max: 5 })).toBe('🤠🤠…');
  expect(visible('a'.repeat(1_000_000)).length).toBe(4_001);
});

test('nothing that controls a terminal is left, and to pass twice changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const shown = visible(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(visible(shown)).toBe(shown);
    }),
  );
});

test('JSON stays the same value without a raw control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const json = visibleJson(JSON.stringify({ text }));
      expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});
