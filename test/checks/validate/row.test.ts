import { describe, expect, it, test } from 'vitest';
import { buildVerdict } from '../../../src/checks/validate/build.ts';
import { rowVerdict } from '../../../src/checks/validate/row.ts';
import type { Build } from '../../../src/sq/contract/build.ts';
import { CONTRACT } from '../../../src/sq/contract/contract.ts';
import { type Row, wanted } from '../../../src/sq/contract/row.ts';

const GOOD: Build = { version: '0.5.2', libphext: '0.3.3' };
const LOCKED: Build = { version: '0.5.2', libphext: '0.3.0' };

function row(name: string): Row {
  const found = CONTRACT.find((each) => each.name === name);
  if (!found) throw new Error(`no row ${name}`);
  return found;
}

describe('an answer', () => {
  it('as the table has it holds', () => {
    const verdict = rowVerdict(row('checksum-empty'), GOOD, true, wanted(row('checksum-empty'), GOOD));
    expect(verdict).toEqual({
      ok: true,
      severity: 'info',
      got: '200 99aa06d3014798d86001c324468d497f',
      advice: '',
    });
  });

  it('that is a known defect of the build holds with its severity and advice', () => {
    const loop = row('endless-loop');
    const verdict = rowVerdict(loop, GOOD, true, wanted(loop, GOOD));
    expect(verdict).toMatchObject({
      ok: true,
      severity: 'critical',
      got: 'reply: no answer, after: no answer',
    });
    expect(verdict.advice).toContain('LimitAS=');
  });

  it('that only another build gives is a difference: the two builds of 0.5.2 are not taken for each other', () => {
    const toc = row('poison-toc');
    const verdict = rowVerdict(toc, GOOD, true, wanted(toc, LOCKED));
    expect(verdict).toMatchObject({ ok: false, severity: 'high' });
    expect(verdict.advice).toMatch(/^It should be: toc: 200, after: answers\. /);
    expect(rowVerdict(toc, LOCKED, true, wanted(toc, GOOD)).ok).toBe(false);
  });

  it('that is better than known is a difference as well: the table is no longer true', () => {
    const fixed = rowVerdict(row('http-1.0'), GOOD, true, { holds: 'x' });
    expect(fixed).toMatchObject({ ok: false, severity: 'high', got: 'holds: x' });
  });

  it('of a version that was never tried differs as low', () => {
    expect(rowVerdict(row('http-1.0'), GOOD, false, { holds: 'x' })).toMatchObject({
      ok: false,
      severity: 'low',
    });
  });
});

test('the build of 0.5.2 with libphext 0.3.0 is told, for there is a better one; 0.5.1 has none', () => {
  const told = (build: Build) => buildVerdict({ build, tried: true });
  expect(told(LOCKED)).toMatchObject({
    ok: false,
    severity: 'high',
    got: '0.5.2 (libphext 0.3.0), by what it does',
  });
  expect(told(GOOD)).toMatchObject({ ok: true, severity: 'info' });
  expect(told({ version: '0.5.1', libphext: '0.3.3' })).toMatchObject({ ok: true, severity: 'info' });
  const never = { build: { ...GOOD, version: '0.7.0' }, tried: false };
  expect(buildVerdict(never)).toMatchObject({
    ok: true,
    severity: 'low',
    got: expect.stringMatching(/never tried$/),
  });
});
