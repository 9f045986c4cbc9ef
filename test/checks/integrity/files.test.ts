import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Folder,
  fileVerdict,
  inspectFile,
  orphans,
  orphanVerdict,
} from '../../../src/checks/integrity/files.ts';
import { walk } from '../../../src/checks/integrity/walk.ts';
import { BREAKS, explode, implode, scrollsOf } from '../../../src/sq/phext.ts';

const phextish = fc
  .array(
    fc.oneof(
      fc.constantFrom(...BREAKS).map((byte) => Buffer.from([byte])),
      fc.string({ maxLength: 3 }).map((text) => Buffer.from(text)),
    ),
  )
  .map((parts) => Buffer.concat(parts));

test('the walk and the codec, which know nothing of each other, find the same scrolls', () => {
  fc.assert(
    fc.property(phextish, (bytes) => {
      expect(walk(bytes)).toEqual({
        scrolls: explode(bytes).length,
        duplicates: [],
        backwards: 0,
        beyond: 0,
      });
    }),
  );
});

test('a file as SQ writes it is sound', () => {
  fc.assert(
    fc.property(phextish, (bytes) => {
      const file = implode(scrollsOf(bytes));
      expect(inspectFile('a', file)).toMatchObject({ damage: [], untidy: false });
    }),
  );
});

const BEYOND = '\x17'.repeat(998);

describe('a file', () => {
  test.each<[string, Buffer, readonly string[]]>([
    ['that is not UTF-8', Buffer.from([0x61, 0xff]), ['it is not UTF-8']],
    ['cut within a character', Buffer.from('naïve').subarray(0, 3), ['it is not UTF-8']],
    [
      'with two texts at one place',
      Buffer.from(`${BEYOND}one\x17two`),
      ['1 places with two texts, the first 1.1.1/1.1.1/1.1.999', '1 breaks beyond 999'],
    ],
    [
      'that goes back behind the last section',
      Buffer.from(`${'\x18'.repeat(998)}\x17\x17a\x18b`),
      ['1 scrolls out of order', '1 breaks beyond 999'],
    ],
  ])('%s is damaged', (_name, bytes, damage) => {
    const report = inspectFile('a', bytes);
    expect(report.damage).toEqual(damage);
    expect(fileVerdict(report)).toMatchObject({
      ok: false,
      severity: 'critical',
      got: `a.phext: ${damage.join('; ')}`,
    });
  });

  test('with breaks at its end is untidy and no failure', () => {
    expect(fileVerdict(inspectFile('a', Buffer.from('one\x17\x17')))).toMatchObject({
      ok: true,
      severity: 'low',
    });
  });
});

describe('a data folder', () => {
  const folder = (more: Partial<Folder>): Folder => ({
    dataDir: '/data',
    phexts: [{ name: 'relay', bytes: 9 }],
    named: new Set(['relay']),
    beside: [],
    workedIn: false,
    leftovers: 0,
    ...more,
  });

  test('without litter', () => {
    expect(orphanVerdict(folder({}))).toEqual({
      ok: true,
      severity: 'info',
      got: 'none in /data',
      advice: '',
    });
    expect(
      orphans(
        folder({
          phexts: [{ name: 'relay', bytes: 0 }],
          beside: ['.sq', '.ranch/snapshots/3-1337'],
          workedIn: true,
        }),
      ),
    ).toEqual([]);
  });

  test('with all kinds of it', () => {
    const phexts = [
      { name: 'relay', bytes: 9 },
      { name: 'typo', bytes: 0 },
      { name: 'ranch-smoke-00c0ffee', bytes: 0 },
    ];
    const snapshots = [1, 2, 3, 4].map((token) => `.ranch/snapshots/${token}-1337`);
    const beside = ['relay.phext.json', '.sq', '.ranch/restore-7', ...snapshots];
    expect(orphans(folder({ phexts, beside }))).toEqual([
      'typo.phext',
      'ranch-smoke-00c0ffee.phext',
      'relay.phext.json',
      '.sq',
      '.ranch/restore-7',
      '.ranch/snapshots/4-1337',
    ]);
    expect(orphanVerdict(folder({ phexts, beside, leftovers: 2 }))).toMatchObject({
      ok: true,
      severity: 'low',
      got: '6 in /data: typo.phext, ranch-smoke-00c0ffee.phext, relay.phext.json, 3 more; 2 leftovers of ranch beside the binary',
    });
  });
});
