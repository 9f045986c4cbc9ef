import { expect, test } from 'vitest';
import { repaint } from '../../src/views/repaint.ts';

test('the first frame goes down from where the cursor stands', () => {
  expect(repaint(0, ['one', 'two'])).toBe('\rone\x1b[K\ntwo\x1b[K\n\x1b[J');
});

test('the next goes up over the old lines, each line to its end, and what is left below is cleared', () => {
  expect(repaint(2, ['x'])).toBe('\x1b[2A\rx\x1b[K\n\x1b[J');
  expect(repaint(0, [])).toBe('\r\x1b[J');
});
