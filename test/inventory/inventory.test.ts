import { describe, expect, test } from 'vitest';
import { parseInventory } from '../../src/inventory/inventory.ts';

const parse = (text: string) => parseInventory(text, 'inventory.yaml');

describe('parseInventory', () => {
  test('a host with nothing behind it has the documented defaults', () => {
    expect(parse('ranch: r\nhosts:\n  aurora:\n')).toEqual({
      name: 'r',
      hosts: [
        {
          name: 'aurora',
          address: 'aurora',
          jump: [],
          tags: [],
          zone: 'lan',
          expect: 'present',
          after: [],
          instances: [],
        },
      ],
      zones: [{ name: 'lan', quorum: { kind: 'percent', percent: 50 }, after: [] }],
      file: 'inventory.yaml',
    });
  });

  test('a host takes every field, and its own stand before the defaults', () => {
    const { hosts, zones, target } = parse(`
ranch: r
target: { version: v0.5.2 }
defaults: { user: u, port: 22, zone: z, become: sudo, tags: [all], expect: absent, identityFile: ~/.ssh/id, quorum: 2 }
zones: { z: { quorum: 75% }, y: { after: [z] } }
hosts:
  plain:
  own:
    address: 10.0.0.9
    port: 2222
    user: root
    identityFile: /k
    jump: plain
    become: none
    tags: [mine, all]
    zone: y
    sentinel: Ada L.
    expect: present
    after: plain
    public: https://example.org/x
    instances: [{ port: 1, phext: p, dataDir: /d, binary: ~/sq, keyFile: /k }]
`);
    expect(target).toEqual({ version: '0.5.2' });
    expect(hosts[0]).toMatchObject({
      user: 'u',
      port: 22,
      zone: 'z',
      become: 'sudo',
      tags: ['all'],
      expect: 'absent',
    });
    expect(hosts[1]).toEqual({
      name: 'own',
      address: '10.0.0.9',
      port: 2222,
      user: 'root',
      identityFile: '/k',
      jump: ['plain'],
      tags: ['all', 'mine'],
      zone: 'y',
      sentinel: 'Ada L.',
      expect: 'present',
      after: ['plain'],
      public: 'https://example.org/x',
      instances: [{ port: 1, phext: 'p', dataDir: '/d', binary: '~/sq', keyFile: '/k' }],
    });
    expect(zones).toEqual([
      { name: 'z', quorum: { kind: 'percent', percent: 75 }, after: [] },
      { name: 'y', quorum: { kind: 'count', count: 2 }, after: ['z'] },
    ]);
  });

  test('a default jump host is itself reached directly, and an empty list means none', () => {
    const { hosts } = parse(
      'ranch: r\ndefaults: { jump: [outer, inner] }\nhosts: { outer: , inner: , far: , near: { jump: [] } }\n',
    );
    expect(hosts.map((host) => host.jump)).toEqual([[], ['outer'], ['outer', 'inner'], []]);
  });

  test('one private address behind two jump hosts is two machines', () => {
    const text =
      'ranch: r\nhosts: { j1: , j2: , a: { address: 10.0.0.1, jump: j1 }, b: { address: 10.0.0.1, jump: j2 } }\n';
    expect(parse(text).hosts).toHaveLength(4);
  });

  test('hosts keep the order of the file', () => {
    const names = ['zeta', '10a', 'alpha', '2b'];
    const text = `ranch: r\nhosts:\n${names.map((name) => `  ${name}:\n`).join('')}`;
    expect(parse(text).hosts.map((host) => host.name)).toEqual(names);
  });

  test('a byte order mark, carriage returns, comments and one `---` are no problem', () => {
    expect(parse('\ufeff# c\r\n---\r\nranch: r # c\r\nhosts:\r\n  a:\r\n').hosts[0]?.name).toBe('a');
  });
});
