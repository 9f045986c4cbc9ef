import { describe, expect, test } from 'vitest';
import { dataDirOf, parseHostArgs, redactArgs } from '../../src/sq/arguments.ts';

describe('parseHostArgs', () => {
  test.each([
    ['host 1337', { port: 1337, hasKey: false }],
    ['host 1337 --key sesame --data-dir /var/lib/sq', { port: 1337, hasKey: true, dataDir: '/var/lib/sq' }],
    ['host 1337 --data-dir a --data-dir b', { port: 1337, hasKey: false, dataDir: 'b' }],
    ['host 1337 --key=sesame --verbose', { port: 1337, hasKey: false }],
    ['host 1337 --key', { port: 1337, hasKey: false }],
    ['host 1337 --key --data-dir b', { port: 1337, hasKey: true }],
    ['host +01337', { port: 1337, hasKey: false }],
    ['host 1337 --config tenants.json', { port: 1337, hasKey: false, config: 'tenants.json' }],
  ])('%s', (line, wanted) => {
    expect(parseHostArgs(line.split(' '))).toEqual(wanted);
  });

  test.each(['', 'host', 'host x', 'host 65536', 'host -1', 'host 1e3', 'share 1337', '--key a host 1337'])(
    '%j starts no server',
    (line) => {
      expect(parseHostArgs(line.split(' '))).toBeUndefined();
    },
  );
});

test('data lies in the working directory unless told', () => {
  const args = (line: string) => parseHostArgs(line.split(' ')) ?? { port: 0, hasKey: false };
  expect(dataDirOf(args('host 1'), '/home/u/SQ')).toBe('/home/u/SQ');
  expect(dataDirOf(args('host 1 --data-dir data'), '/home/u')).toBe('/home/u/data');
  expect(dataDirOf(args('host 1 --data-dir /var/lib/sq/'), '/home/u')).toBe('/var/lib/sq');
});

test('no key is left in what may be shown', () => {
  expect(redactArgs(['host', '1', '--key', 'one', '--data-dir', 'd', '--key=two', '--key', 'three'])).toEqual(
    ['host', '1', '--key', '[redacted]', '--data-dir', 'd', '--key=[redacted]', '--key', '[redacted]'],
  );
});
