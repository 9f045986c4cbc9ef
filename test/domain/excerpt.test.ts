import { expect, test } from 'vitest';
import { escapeText, excerpt } from '../../src/domain/excerpt.ts';

test('nothing that moves a cursor, hides or turns text gets through', () => {
  expect(escapeText('a\u001b[31m\r\n\t\u0000\u009b\u202e\u200b\u2028\ufeff\\')).toBe(
    'a\\x1b[31m\\r\\n\\t\\x00\\x9b\\u202e\\u200b\\u2028\\ufeff\\\\',
  );
  expect(escapeText('naïve ✓ 𝛑 日本')).toBe('naïve ✓ 𝛑 日本');
});

test('what is long is cut between characters and says how long it was', () => {
  expect(excerpt('𝛑𝛑𝛑', 2)).toBe('𝛑𝛑… (6 characters)');
  expect(excerpt(Buffer.from('ééé'), 2)).toBe('éé… (6 bytes)');
  expect(excerpt(Buffer.from('éé'), 2)).toBe('éé');
});

test('bytes that are not UTF-8 show as replaced', () => {
  expect(excerpt(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\ufffdb');
});
