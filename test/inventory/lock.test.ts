import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/domain/artifact.ts';
import { asSha256, asVersion } from '../../src/domain/brand.ts';
import { parseLock, withArtifact, writeLock } from '../../src/inventory/lock.ts';
import { linesOf } from './problems-of.ts';

function artifact(version: string, platform: string, digit = 'a', origin = 'cargo install sq'): Artifact {
  const sha256 = asSha256(digit.repeat(64));
  const checked = asVersion(version);
  if (!sha256 || !checked) throw new Error('the test gives no version or digit');
  return { version: checked, platform, sha256, bytes: 7, origin };
}

describe('ranch.lock', () => {
  test('is sorted by version, then platform, with a word on what it is', () => {
    const text = writeLock([
      { ...artifact('0.5.10', 'linux-x86_64-gnu'), libphext: '0.3.3' },
      artifact('0.5.2', 'linux-x86_64-gnu', '1'),
      artifact('0.5.2', 'linux-aarch64-gnu'),
    ]);
    expect(text).toMatch(/^# Written by `ranch artifact`/);
    expect(text.replace(/^#.*/gm, '').match(/version: .*|platform: .*|libphext: .*/g)).toEqual([
      'version: 0.5.2',
      'platform: linux-aarch64-gnu',
      'version: 0.5.2',
      'platform: linux-x86_64-gnu',
      'version: 0.5.10',
      'platform: linux-x86_64-gnu',
      'libphext: 0.3.3',
    ]);
    expect(parseLock(text, 'l')[2]?.libphext).toBe('0.3.3');
  });

  test('what was written is read back, in any order of writing', () => {
    const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 80 });
    const one = fc
      .tuple(
        fc.nat(3),
        fc.constantFrom('any', 'linux-x86_64-gnu'),
        fc.constantFrom('0', '1', 'e', 'f'),
        printable,
      )
      .map(([patch, platform, digit, origin]) => artifact(`0.5.${patch}`, platform, digit, origin));
    const all = fc.uniqueArray(one, { selector: (each) => `${each.version} ${each.platform}` });
    fc.assert(
      fc.property(all, (artifacts) => {
        const text = writeLock(artifacts);
        expect(writeLock(parseLock(text, 'l'))).toBe(text);
        expect(writeLock(artifacts.toReversed())).toBe(text);
        expect(new Set(parseLock(text, 'l'))).toEqual(new Set(artifacts));
      }),
    );
  });

  test('an artifact takes the place of the one of its version and platform', () => {
    const old = artifact('0.5.2', 'any', '1');
    const other = artifact('0.5.1', 'any', '2');
    const fresh = artifact('0.5.2', 'any', '3');
    expect(withArtifact([old, other], fresh)).toEqual([other, fresh]);
  });

  test.each([
    [
      'a sha256 that is none',
      'artifacts:\n  - { version: 0.5.2, platform: any, sha256: AA, bytes: 1, origin: x }\n',
      'l:2:46: ',
    ],
    ['an empty file', '', 'l:1:1: the file is empty'],
    [
      'two of a kind',
      writeLock([artifact('0.5.2', 'any', '1')]) +
        writeLock([artifact('0.5.2', 'any', '2')]).split('artifacts:\n')[1],
      'l:9:5: 0.5.2 for any stands here twice',
    ],
  ])('refused: %s', (_, text, start) => {
    expect(linesOf(() => parseLock(text, 'l'))[0]).toMatch(new RegExp(`^${start}`));
  });
});
