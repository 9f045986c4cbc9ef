import { describe, expect, test } from 'vitest';
import { parseHostArgs } from '../../src/sq/arguments.ts';

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
