import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { firstInventory } from '../../src/inventory/first-inventory.ts';
import { parseInventory } from '../../src/inventory/inventory.ts';
import { loadInventory } from '../../src/inventory/load-inventory.ts';
import { hostsFromSshConfig } from '../../src/inventory/ssh-config.ts';

describe('hostsFromSshConfig', () => {
  test('gives concrete hosts with the first value of each field', () => {
    const config = `
# Host commented
User everyone
Host aurora halcyon *.lan !bad-one
  User nobody
Host aurora halcyon *.lan
  HostName %h.example.org   # where it is
  user=wbic16
  User second
  Port 2222
  IdentityFile "~/.ssh/my key"
Host *
  ProxyJump bastion
Host lilly
  ProxyJump a@b:22,c
  Port 99999
Match host lilly
  User matched
Host aurora
  ProxyJump none
  User third
Host -oProxyCommand=x 10.0.0.1
`;
    const shared = { user: 'wbic16', port: 2222, identityFile: '~/.ssh/my key' };
    expect(hostsFromSshConfig(config)).toEqual([
      { name: 'aurora', address: 'aurora.example.org', jump: [], ...shared },
      { name: 'halcyon', address: 'halcyon.example.org', ...shared },
      { name: 'lilly', jump: ['a@b:22', 'c'] },
    ]);
  });

  test('of nothing gives nothing', () => expect(hostsFromSshConfig('')).toEqual([]));
});

describe('firstInventory', () => {
  test('is an inventory that can be read, and names its schema', () => {
    const text = firstInventory({
      ranch: "it's: #1",
      version: '0.5.2',
      user: 'wbic16',
      hosts: [
        { name: 'aurora', tags: ['canary'], sentinel: 'true' },
        {
          name: 'lilly',
          address: '10.0.0.5',
          user: 'w',
          port: 22,
          jump: ['aurora'],
          identityFile: '~/k',
          zone: '1',
        },
      ],
    });
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\/inventory\.schema\.json\n/);
    const ranch = parseInventory(text, 'i');
    expect(ranch).toMatchObject({
      name: "it's: #1",
      target: { version: '0.5.2' },
      hosts: [
        { name: 'aurora', user: 'wbic16', tags: ['canary'], sentinel: 'true', zone: 'lan' },
        {
          name: 'lilly',
          address: '10.0.0.5',
          user: 'w',
          port: 22,
          jump: ['aurora'],
          identityFile: '~/k',
          zone: '1',
        },
      ],
    });
  });
});

describe('loadInventory', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ranch-inventory-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('reads a file and remembers where it lay', async () => {
    const path = join(dir, 'i.yaml');
    writeFileSync(path, 'ranch: r\nhosts: { a: }\n');
    expect((await loadInventory(path)).file).toBe(path);
  });

  test('says how to begin where there is none', async () => {
    const path = join(dir, 'none.yaml');
    const remedy = expect.stringContaining('ranch init');
    await expect(loadInventory(path)).rejects.toMatchObject({
      code: 'inventory-missing',
      place: path,
      remedy,
    });
  });

  test('a folder cannot be read', async () => {
    const message = 'the inventory cannot be read (EISDIR)';
    await expect(loadInventory(dir)).rejects.toMatchObject({ code: 'inventory-invalid', message });
  });

  test('bytes that are no UTF-8 are refused at their place', async () => {
    const path = join(dir, 'i.yaml');
    writeFileSync(path, Buffer.from([0x72, 0x3a, 0x20, 0xff, 0x0a]));
    await expect(loadInventory(path)).rejects.toMatchObject({ problems: [{ line: 1, column: 4 }] });
  });

  test('of an endless file no more than a megabyte is read', async () => {
    await expect(loadInventory('/dev/zero')).rejects.toMatchObject({
      problems: [{ line: 1, column: 1, message: 'the file is too large; allowed: 1000000 bytes' }],
    });
  });
});
