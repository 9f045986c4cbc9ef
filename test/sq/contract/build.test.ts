import { expect, test } from 'vitest';
import { buildName, isTried, nearest } from '../../../src/sq/contract/build.ts';

test.each([
  ['0.5.1', '0.3.3', '0.5.1 (libphext 0.3.3)'],
  ['0.5.2', '0.3.0', '0.5.2 (libphext 0.3.0)'],
  ['0.5.3', '0.3.3', '0.5.2 (libphext 0.3.3)'],
  ['0.5.4', '0.3.0', '0.5.2 (libphext 0.3.0)'],
  ['0.6.0', '0.3.3', '0.5.6 (libphext 0.3.3)'],
  ['0.4.5', '0.3.3', '0.5.1 (libphext 0.3.3)'],
] as const)('%s with libphext %s is most like %s', (version, libphext, expected) => {
  expect(buildName(nearest({ version, libphext }))).toBe(expected);
});

test('a build is tried by version and library together', () => {
  expect(isTried({ version: '0.5.4', libphext: '0.3.3' })).toBe(true);
  expect(isTried({ version: '0.5.4', libphext: '0.3.0' })).toBe(false);
  expect(isTried({ version: '0.7.0', libphext: '0.3.3' })).toBe(false);
});
