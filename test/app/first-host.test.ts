import { describe, expect, test } from 'vitest';
import { parseFirstHost, parseFirstHosts } from '../../src/app/first-host.ts';

describe('a host as it is typed', () => {
  test.each([
    ['aurora', { name: 'aurora' }],
    ['mirrorborn.us', { name: 'mirrorborn.us' }],
    ['wbic16@aurora', { name: 'aurora', user: 'wbic16' }],
    ['aurora:2222', { name: 'aurora', port: 2222 }],
    ['aurora=wbic16@192.0.2.7:2222', { name: 'aurora', address: '192.0.2.7', user: 'wbic16', port: 2222 }],
    ['aurora=192.0.2.7', { name: 'aurora', address: '192.0.2.7' }],
    ['root@192.0.2.7', { name: 'host-192-0-2-7', address: '192.0.2.7', user: 'root' }],
    ['v6=2001:db8::7', { name: 'v6', address: '2001:db8::7' }],
    ['v6=root@[2001:db8::7]:22', { name: 'v6', address: '2001:db8::7', user: 'root', port: 22 }],
    ['::1', { name: 'host--1', address: '::1' }],
  ])('%s', (text, host) => {
    expect(parseFirstHost(text)).toEqual(host);
  });

  test.each(['=a', 'a@b@c', 'a=', 'a:0', 'a:70000', '-rf', 'a/b', '$(id)', '1=192.0.2.7'])(
    '%s is refused, with the forms there are',
    (text) => {
      expect(() => parseFirstHost(text)).toThrow(
        expect.objectContaining({
          code: 'inventory-invalid',
          remedy: expect.stringContaining('NAME=USER@ADDRESS:PORT'),
        }),
      );
    },
  );
});

test('many, each name once', () => {
  expect(parseFirstHosts(' a, b@c  d,,').map(({ name }) => name)).toEqual(['a', 'c', 'd']);
  expect(parseFirstHosts('')).toEqual([]);
  expect(() => parseFirstHosts('a,b@a')).toThrow('is named twice');
});
