import fc from 'fast-check';
import semver from 'semver';
import { expect, test } from 'vitest';
import { asVersion } from '../../src/domain/brand.ts';

test.each([
  ['0.5.2', '0.5.2'],
  ['v0.5.2', '0.5.2'],
  ['1.0.0-rc.1', '1.0.0-rc.1'],
  ['1.0.0-rc.1+abc.7', '1.0.0-rc.1'],
  ['0.5', undefined],
  ['00.5.2', undefined],
  ['0.5.2-01', undefined],
  [' 0.5.2', undefined],
  ['vv0.5.2', undefined],
  ['0.5.2\n', undefined],
  ['9999999999999999.0.0', undefined],
])('%j', (text, version) => {
  expect(asVersion(text)).toBe(version);
});

test('every version is one to semver as well, and the same', () => {
  const part = fc.stringMatching(/^[0-9A-Za-z.+-]{0,6}$/);
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), part, (numbers, rest) => {
      const text = `${numbers.join('.')}${rest}`;
      expect(asVersion(text) ?? null).toBe(semver.valid(text));
    }),
    { numRuns: 2_000 },
  );
});
