import { expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { findingLines } from '../../src/views/finding-lines.ts';
import { PLAIN } from '../../src/views/style.ts';
import { host } from './fixtures.ts';

const GOOD: Finding = {
  kind: 'finding',
  check: 'version',
  host: host('lilly'),
  port: 1337,
  ok: true,
  severity: 'info',
  asked: 'GET version',
  got: '0.5.2',
  advice: '',
  tookMs: 3,
};

const BAD: Finding = {
  ...GOOD,
  check: 'toc',
  ok: false,
  severity: 'critical',
  asked: 'GET toc?p=choose-your-own-adventure',
  got: '500 \x1b[31mboom\r\n',
  advice: 'SQ is poisoned: `ranch restart lilly`.',
};

test('a line for what holds, a block for what does not, and the counts', () => {
  const lines = findingLines([GOOD, BAD, { ...BAD, severity: 'low' }], { width: 80, style: PLAIN });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "✓ lilly:1337 version: 0.5.2 (3 ms)
    ✗ lilly:1337 toc critical (3 ms)
      asked GET toc?p=choose-your-own-adventure
      got   500 \\x1b[31mboom\\r\\n
      → SQ is poisoned: \`ranch restart lilly\`.
    ✗ lilly:1337 toc low (3 ms)
      asked GET toc?p=choose-your-own-adventure
      got   500 \\x1b[31mboom\\r\\n
      → SQ is poisoned: \`ranch restart lilly\`.

    3 checks on 1 host: 1 ok, 2 not (1 critical, 1 low)"
  `);
});

test('no checks are not told as good ones', () => {
  expect(findingLines([], { width: 80, style: PLAIN })).toEqual(['No checks ran.']);
});

test('in brief, what holds is one line a place, and what does not is told in full', () => {
  const findings = [GOOD, { ...GOOD, check: 'read', tookMs: 4 }, BAD, { ...GOOD, host: host('aurora') }];
  const lines = findingLines(findings, { width: 80, style: PLAIN }, { brief: true });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "✓ lilly:1337 2 checks ok: 0.5.2 (7 ms)
    ✗ lilly:1337 toc critical (3 ms)
      asked GET toc?p=choose-your-own-adventure
      got   500 \\x1b[31mboom\\r\\n
      → SQ is poisoned: \`ranch restart lilly\`.
    ✓ aurora:1337 version: 0.5.2 (3 ms)

    4 checks on 2 hosts: 3 ok, 1 not (1 critical)"
  `);
});

test('a known hazard is told in full, counts as ok, and is counted as what it is', () => {
  const known: Finding = {
    ...BAD,
    check: 'kill',
    ok: true,
    severity: 'high',
    got: '9 of 30 tore',
    advice: 'Stop it.',
  };
  const lines = findingLines([GOOD, { ...GOOD }, known], { width: 80, style: PLAIN }, { brief: true });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "✓ lilly:1337 2 checks ok: 0.5.2 (6 ms)
    ! lilly:1337 kill high, a known hazard (3 ms)
      asked GET toc?p=choose-your-own-adventure
      got   9 of 30 tore
      → Stop it.

    3 checks on 1 host: 3 ok (1 known hazard)"
  `);
});

test('in brief, a known hazard of several places is told once', () => {
  const known: Finding = {
    ...BAD,
    check: 'kill',
    ok: true,
    severity: 'high',
    got: '9 of 30 tore',
    advice: 'Stop it.',
  };
  const elsewhere = [
    { ...known, port: 1338 },
    { ...known, port: 1339, tookMs: 9 },
    { ...known, got: '1 of 30 tore' },
  ];
  const lines = findingLines([known, ...elsewhere], { width: 80, style: PLAIN }, { brief: true });
  expect(lines.filter((line) => line.startsWith('!'))).toEqual([
    '! lilly:1337 and 2 others kill high, a known hazard (3 ms)',
    '! lilly:1337 kill high, a known hazard (3 ms)',
  ]);
  expect(lines.at(-1)).toBe('4 checks on 1 host: 4 ok (4 known hazards)');
});
