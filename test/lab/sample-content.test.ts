import { expect, it } from 'vitest';
import { sampleContent } from '../../src/lab/sample-content.ts';
import { explode, implode, scrollsOf } from '../../src/sq/phext.ts';

it('is a phext in SQ’s own form, the same each time, of about the size asked for', () => {
  const phext = sampleContent('relay', 300_000);
  expect(Buffer.from(implode(scrollsOf(phext))).equals(Buffer.from(phext))).toBe(true);
  expect(Buffer.from(sampleContent('relay', 300_000)).equals(Buffer.from(phext))).toBe(true);
  expect(Buffer.from(sampleContent('other', 300_000)).equals(Buffer.from(phext))).toBe(false);
  expect(Math.abs(phext.length - 300_000)).toBeLessThan(30_000);
  const scrolls = explode(phext);
  expect(scrolls[0]?.coordinate).toBe('1.1.1/1.1.1/1.1.1');
  expect(scrolls.at(-1)?.coordinate).toBe('13.13.13/13.13.13/13.13.13');
});

it('can be a single scroll', () => {
  expect(explode(sampleContent('tiny', 10))).toHaveLength(1);
});
