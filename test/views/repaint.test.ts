import { expect, test } from 'vitest';
import { repaint, rowsOf } from '../../src/views/repaint.ts';

test('the first frame goes down from where the cursor stands', () => {
  expect(repaint(0, ['one', 'two'])).toBe('\rone\x1b[K\ntwo\x1b[K\n\x1b[J');
});

test('the next goes up over the old lines, each line to its end, and what is left below is cleared', () => {
  expect(repaint(2, ['x'])).toBe('\x1b[2A\rx\x1b[K\n\x1b[J');
  expect(repaint(0, [])).toBe('\r\x1b[J');
});

test('lines that a narrower terminal has broken take more rows; colours take none', () => {
  expect(rowsOf([], 80)).toBe(0);
  expect(rowsOf(['', 'x'.repeat(80)], 80)).toBe(2);
  expect(rowsOf(['x'.repeat(81), '\x1b[31mred\x1b[39m'], 40)).toBe(4);
  expect(rowsOf([`\x1b[1m${'x'.repeat(10)}\x1b[22m`], 10)).toBe(1);
  expect(rowsOf(['漢字漢字'], 4)).toBe(2);
});
