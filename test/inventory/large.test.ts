import { expect, test } from 'vitest';
import { parseInventory } from '../../src/inventory/inventory.ts';
import { MAX_TOKENS } from '../../src/inventory/yaml-guard.ts';
import { linesOf } from './problems-of.ts';

const HEAD = 'ranch: big\ntarget: { version: 0.5.2 }\ndefaults: { user: wbic16, quorum: 50% }\nhosts:\n';

function host(n: number): string {
  return `  host-${n}:
    address: 10.${n >> 14}.${(n >> 7) & 127}.${n & 127}
    tags: [ranch, rack-${n % 40}]
    zone: zone-${n % 20}
    instances: [{ port: 1337, phext: choose-your-own-adventure }]
`;
}

/** An inventory of 5,000 hosts, which the library would need more than ten times `MAX_TOKENS` for; with a few replaced. */
function inventory(others: Readonly<Record<number, string>> = {}): string {
  return HEAD + Array.from({ length: 5_000 }, (_, n) => others[n] ?? host(n)).join('');
}

/** What the next line of a host is, in the file. */
function lineOf(n: number): number {
  return 5 + n * 5;
}

test('an inventory of 5,000 hosts of five lines is read', () => {
  const ranch = parseInventory(inventory(), 'f');
  expect(ranch.hosts).toHaveLength(5_000);
  expect(ranch.zones).toHaveLength(20);
  expect(ranch.hosts[4_999]).toEqual({
    name: 'host-4999',
    address: '10.0.39.7',
    user: 'wbic16',
    jump: [],
    tags: ['ranch', 'rack-39'],
    zone: 'zone-19',
    expect: 'present',
    after: [],
    instances: [{ port: 1337, phext: 'choose-your-own-adventure' }],
  });
  expect(5_000 * 60).toBeGreaterThan(10 * MAX_TOKENS);
});

test('what is wrong in a few of 5,000 is told at its place, with what was meant', () => {
  const text = inventory({
    7: host(7).replace('zone:', 'zoen:'),
    3000: host(3_000).replace('1337', '13370000'),
    4998: '  host-12:\n    after: [hots-4999x]\n',
    4999: host(4_999).replace('zone: zone-19', 'zone: "zone-19"\n    after: host-5oo1'),
  });
  expect(linesOf(() => parseInventory(text, 'f'))).toEqual([
    expect.stringMatching(
      /^f:43:5: "zoen" is not known in hosts\.host-7; allowed: .*; did you mean "zone"\?$/,
    ),
    `f:${lineOf(3_000) + 4}:25: hosts.host-3000.instances[0].port is 13370000; allowed: a whole number from 1 to 65535`,
    `f:${lineOf(4_998)}:3: "host-12" stands here twice; only one may stay`,
    expect.stringMatching(
      /^f:25001:12: after names "host-5oo1", which is not there; .*; did you mean "host-\d+"\?$/,
    ),
  ]);
});

test('hosts that are written in unusual ways are read among 5,000, by the library', () => {
  const ranch = parseInventory(
    inventory({
      1000: '  host-1000: {\n    "sentinel": "\\u00c9toile",\n    tags: [\n      canary,\n    ],\n  }\n',
      2000: '  "host-2000":\n    user: \'it\'\n',
      4999: '  ? host-4999\n  : { port: 22 }\n',
    }),
    'f',
  );
  expect(ranch.hosts).toHaveLength(5_000);
  expect(ranch.hosts[1_000]).toMatchObject({ name: 'host-1000', sentinel: 'Étoile', tags: ['canary'] });
  expect(ranch.hosts[2_000]).toMatchObject({ name: 'host-2000', user: 'it' });
  expect(ranch.hosts[4_999]).toMatchObject({ name: 'host-4999', port: 22 });
  expect(ranch.hosts[2_001]).toMatchObject({ name: 'host-2001', zone: 'zone-1' });
});

test('what is no YAML in one of 5,000 is told at its place', () => {
  const text = inventory({ 2500: '  host-2500: { tags: [a }\n', 4000: '  - list\n' });
  expect(linesOf(() => parseInventory(text, 'f'))).toEqual([
    expect.stringMatching(/^f:12505:\d+: this is no YAML: /),
    expect.stringMatching(/^f:12505:\d+: this is no YAML: /),
    expect.stringMatching(/^f:20001:3: this is not a name, a colon/),
  ]);
});

test('what the library would need too long for is refused where that begins', () => {
  const odd = Object.fromEntries(
    Array.from({ length: 900 }, (_, n) => [n, host(n).replace('ranch,', '"\\x41",')]),
  );
  expect(linesOf(() => parseInventory(inventory(odd), 'f'))).toEqual([
    expect.stringMatching(/^f:\d+:\d+: the file is too large to be written in unusual ways; /),
  ]);
});
