import { expect, test } from 'vitest';
import { ink, renderLines } from '../../src/views/line.ts';
import { paragraph } from '../../src/views/paragraph.ts';
import { PLAIN } from '../../src/views/style.ts';

function wrapped(lead: string, text: string, width: number): readonly string[] {
  const view = { width, style: PLAIN };
  return renderLines(paragraph(lead === '' ? [] : [lead], [text], view), view);
}

test('prose is wrapped under its lead and nothing of it is lost', () => {
  expect(wrapped('  why ', 'the quorum of the zone allows two of five down', 24)).toEqual([
    '  why the quorum of the',
    '      zone allows two of',
    '      five down',
  ]);
});

test('a command in backquotes stays in one piece', () => {
  expect(wrapped('', 'go on with `ranch resume r-1` now', 22)).toEqual([
    'go on with',
    '`ranch resume r-1` now',
  ]);
});

test('a word wider than the line is cut, and all of it shown', () => {
  expect(
    wrapped('', `a ${'x'.repeat(25)} b`, 12)
      .join('')
      .replaceAll(' ', ''),
  ).toBe(`a${'x'.repeat(25)}b`);
});

test('spans without a space between them are not torn apart', () => {
  const view = { width: 14, style: PLAIN };
  const lines = paragraph([], [ink('red', '1 unreachable'), '; more'], view);
  expect(renderLines(lines, view)).toEqual(['1 unreachable;', 'more']);
});

test('without a width there is one line', () => {
  expect(wrapped('- ', 'word '.repeat(100), Number.POSITIVE_INFINITY)).toHaveLength(1);
});
