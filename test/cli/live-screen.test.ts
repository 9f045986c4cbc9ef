import { expect, test } from 'vitest';
import { liveScreen, type Terminal } from '../../src/cli/live-screen.ts';
import { inForeground } from '../../src/cli/silence-typing.ts';
import { PLAIN } from '../../src/views/style.ts';
import { PLAN } from '../views/fixtures.ts';

test('what is typed does not show for as long as a live view stands, and shows again once it is closed', () => {
  const seen: string[] = [];
  const write = (text: string) => seen.push(text.includes('\u001b[?25h') ? 'shown' : 'painted');
  const terminal: Terminal = {
    io: {
      err: { write, columns: () => 80, terminal: true, colour: false },
      rows: () => 24,
      ask: async () => undefined,
    },
    talk: { width: 80, style: PLAIN },
  };
  const silence = () => {
    seen.push('silent');
    return () => seen.push('let go');
  };
  const screen = liveScreen(terminal, { plan: PLAN }, silence);
  screen.close();
  expect([seen[0], ...seen.slice(-2)]).toEqual(['silent', 'shown', 'let go']);
});

test.each([
  ['104 (node) S 1 500 500 34816 500 4194304 1', true],
  ['104 (node) S 1 500 400 34816 400 4194304 1', false],
  ['104 (a) b) c) R 1 7 7 34816 7 0', true],
  ['104 (node) S 1 500 500 0 -1 4194304 1', false],
  ['', false],
])('the foreground of a terminal: %s', (stat, foreground) => {
  expect(inForeground(stat)).toBe(foreground);
});
