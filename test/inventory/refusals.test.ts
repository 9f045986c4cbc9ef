import { describe, expect, test } from 'vitest';
import { parseInventory } from '../../src/inventory/inventory.ts';
import { ProblemsError } from '../../src/inventory/problem.ts';
import { linesOf, problemsOf } from './problems-of.ts';

/** `line:column`, a piece of the message, and the suggestion if there must be one. */
type Row = readonly [name: string, text: string, place: string, message: RegExp, suggestion?: string];

/** The first line and the key of hosts, which most rows share: the rest begins at line 3. */
const hosts = (rest: string) => `ranch: r\nhosts:\n${rest}`;

const yaml: readonly Row[] = [
  ['duplicate key', hosts('  a:\n  b:\n  a:\n'), '5:3', /"a" stands here twice/],
  ['duplicate field', hosts('  a: { port: 1, port: 2 }\n'), '3:17', /"port" stands here twice/],
  ['anchor', hosts('  a: &x { port: 1 }\n'), '3:6', /anchor/],
  ['alias', hosts('  a: *x\n  b:\n'), '3:6', /alias/],
  ['merge key', hosts('  a:\n    <<: { port: 1 }\n'), '4:5', /merge key/],
  ['tag', hosts('  a: !!map {}\n'), '3:6', /tag/],
  ['second document', hosts('  a:\n---\nranch: s\n'), '4:1', /second YAML document/],
  ['document after an end', hosts('  a:\n...\nranch: s\n'), '5:1', /second YAML document/],
  ['directive', '%YAML 1.2\n---\nranch: r\nhosts: { a: }\n', '1:1', /directive/],
  ['block text', 'ranch: |\n  r\nhosts: { a: }\n', '1:8', /over several lines/],
  ['folded text', 'ranch: "r\n  s"\nhosts: { a: }\n', '1:8', /over several lines/],
  ['list as a name', hosts('  ? [a]\n  : \n'), '3:5', /as a name/],
  ['prototype', hosts('  a:\n  __proto__: {}\n'), '4:3', /"__proto__" is refused/],
  ['unclosed list', hosts('  a: { tags: [x }\n'), '3:17', /no YAML/],
  ['control character', hosts('  a: { sentinel: "x\u0007" }\n'), '3:20', /U\+0007/],
  [
    'escaped control character',
    hosts('  a: { sentinel: "x\\u001b[1m" }\n'),
    '3:18',
    /"x\\u001b\[1m" holds a control/,
  ],
  ['control character in a comment', hosts('  a: # \u001b]0;\u0007\n'), '3:8', /U\+001B/],
  ['bidirectional mark', hosts('  a: # \u202e\n'), '3:8', /U\+202E/],
  ['lone carriage return', hosts('  a: # x\ry\n'), '3:9', /U\+000D/],
  ['deep flow', hosts(`  a: ${'['.repeat(17)}\n`), '3:22', /nested too deeply/],
  ['deep blocks', `${'- '.repeat(200)}\n`, '1:303', /nested too deeply/],
  ['too many tokens', hosts('  ? a\n'.repeat(10_000)), '4003:1', /too large to be written in unusual ways/],
  ['too many names', hosts('  a:\n'.repeat(30_000)), '10313:1', /too large; allowed: about 5,000 hosts/],
  ['too many bytes', `#${'x'.repeat(1_000_000)}`, '1:1', /too large; allowed: 1000000 bytes/],
  ['nothing', '', '1:1', /the file is empty/],
  ['a list', '- a\n', '1:1', /the file is a list/],
];

const shape: readonly Row[] = [
  ['unknown section', 'ranch: r\ntarge: {}\nhosts: { a: }\n', '2:1', /"targe" is not known/, 'target'],
  [
    'unknown field',
    hosts('  a:\n    adress: x\n'),
    '4:5',
    /not known in hosts\.a; allowed: address,/,
    'address',
  ],
  ['unknown field, far from any', hosts('  a: { xyzzy: 1 }\n'), '3:8', /"xyzzy" is not known/],
  [
    'unknown field of an instance',
    hosts('  a: { instances: [{ port: 1, phxt: x }] }\n'),
    '3:31',
    /"phxt"/,
    'phext',
  ],
  ['key of SQ itself', hosts('  a: { instances: [{ port: 1, key: x }] }\n'), '3:31', /"key" is not known/],
  ['no name', 'hosts: { a: }\n', '1:1', /ranch is missing/],
  ['no hosts', 'ranch: r\n', '1:1', /hosts is missing/],
  ['hosts left empty', hosts(''), '2:1', /hosts is empty/],
  ['hosts without one', 'ranch: r\nhosts: {}\n', '2:1', /at least one host/],
  [
    'port 0',
    hosts('  a: { port: 0 }\n'),
    '3:14',
    /hosts\.a\.port is 0; allowed: a whole number from 1 to 65535/,
  ],
  ['port 65536', hosts('  a: { port: 65536 }\n'), '3:14', /is 65536/],
  ['port as text', hosts('  a: { port: "22" }\n'), '3:14', /is "22"/],
  ['port in hexadecimal', hosts('  a: { port: 0x16 }\n'), '3:14', /is "0x16"/],
  ['port with a fraction', hosts('  a: { port: 22.5 }\n'), '3:14', /is 22\.5/],
  [
    'instance without a port',
    hosts('  a: { instances: [{ phext: x }] }\n'),
    '3:20',
    /instances\[0\]\.port is missing/,
  ],
  [
    'instance port',
    hosts('  a:\n    instances:\n      - port: 70000\n'),
    '5:15',
    /instances\[0\]\.port is 70000/,
  ],
  ['percent over 100', 'ranch: r\ndefaults: { quorum: 101% }\nhosts: { a: }\n', '2:21', /is "101%"/],
  ['negative quorum', 'ranch: r\nzones: { lan: { quorum: -1 } }\nhosts: { a: }\n', '2:25', /is -1/],
  ['version', 'ranch: r\ntarget: { version: 0.5 }\nhosts: { a: }\n', '2:20', /is 0\.5; allowed: a version/],
  ['option as a name', hosts('  -oProxyCommand=x:\n'), '3:3', /"-oProxyCommand=x" is refused as a name/],
  ['address as a name', hosts('  10.0.0.1:\n'), '3:3', /"10\.0\.0\.1" is refused as a name/],
  ['underscore in a name', hosts('  a_b:\n'), '3:3', /refused as a name/],
  ['option as an address', hosts('  a: { address: -x }\n'), '3:17', /is "-x"/],
  ['option as a user', hosts('  a: { user: -l }\n'), '3:14', /is "-l"/],
  ['option as a jump host', hosts('  a: { jump: [b, -W] }\n'), '3:18', /jump\[1\] is "-W"/],
  ['shell in an address', hosts('  a: { address: "x;id" }\n'), '3:17', /is "x;id"/],
  ['relative data folder', hosts('  a: { instances: [{ port: 1, dataDir: d }] }\n'), '3:40', /is "d"/],
  ['phext with a folder', hosts('  a: { instances: [{ port: 1, phext: ../x }] }\n'), '3:38', /is "\.\.\/x"/],
  ['become', hosts('  a: { become: sud }\n'), '3:16', /is "sud"; allowed: sudo, none/, 'sudo'],
  ['expect', hosts('  a: { expect: abcent }\n'), '3:16', /is "abcent"/, 'absent'],
  ['tags as text', hosts('  a: { tags: canary }\n'), '3:14', /is "canary"; allowed: a list/],
  ['password in an address', hosts('  a: { public: "https://u:p@x" }\n'), '3:16', /allowed: an address/],
];

const across: readonly Row[] = [
  [
    'one address twice',
    hosts('  a: { address: h }\n  b:\n    address: H\n'),
    '5:14',
    /b and a are one machine/,
  ],
  [
    'port 22 and none',
    hosts('  a: { address: h, port: 22 }\n  b: { address: h }\n'),
    '4:17',
    /\(h, port 22\)/,
  ],
  ['a name that is an address', hosts('  a:\n  b: { address: a }\n'), '4:17', /b and a are one machine/],
  [
    'one port twice',
    hosts('  a: { instances: [{ port: 7 }, { port: 7 }] }\n'),
    '3:41',
    /two instances on port 7/,
  ],
  ['jump to itself', hosts('  a: { jump: a }\n'), '3:14', /circle: a -> a/],
  [
    'jump in a circle',
    hosts('  a: { jump: u@b:22 }\n  b: { jump: [c] }\n  c: { jump: a }\n'),
    '3:14',
    /a -> b -> c -> a/,
  ],
  [
    'after nobody',
    hosts('  aurora:\n  b: { after: [auroar] }\n'),
    '4:16',
    /"auroar", which is not there/,
    'aurora',
  ],
  [
    'after no zone',
    'ranch: r\nzones: { lan: { after: aws } }\nhosts: { aws: , b: }\n',
    '2:24',
    /allowed: a zone/,
  ],
  ['after its own zone', hosts('  a: { after: lan }\n'), '3:15', /circle: zone lan -> a -> zone lan/],
  ['after each other', hosts('  a: { after: b }\n  b: { after: a }\n'), '3:15', /a -> b -> a/],
  [
    'zones after each other',
    'ranch: r\nzones: { x: { after: y }, y: { after: x } }\nhosts: { a: { zone: x }, b: { zone: y } }\n',
    '2:22',
    /zone x -> a -> zone y -> b -> zone x/,
  ],
  [
    'zone with nobody in it',
    'ranch: r\nzones: { asw: }\nhosts: { a: { zone: aws } }\n',
    '2:10',
    /no host is in/,
    'aws',
  ],
  ['host named like a zone', hosts('  lan:\n'), '3:3', /name of a host and of a zone/],
];

const tables: Readonly<Record<string, readonly Row[]>> = { YAML: yaml, shape, 'across the file': across };

describe.each(Object.entries(tables))('refused: %s', (_, rows) => {
  test.each(rows.map((row) => ({ name: row[0], row })))('$name', ({ row }) => {
    const [, text, place, message, suggestion] = row;
    const problems = problemsOf(() => parseInventory(text, 'f'));
    const at = problems.filter((problem) => `${problem.line}:${problem.column}` === place);
    expect(problems.length > 0 && at.length === 0 ? problems : place).toBe(place);
    const hit = at.find((problem) => message.test(problem.message));
    expect(hit ?? at).toMatchObject({ message: expect.stringMatching(message) });
    expect(hit?.suggestion).toBe(suggestion);
  });
});

test('all problems of a file are told at once, in order, also across parts that are wrong themselves', () => {
  const text = `ranch: r
taget: {}
target: { version: 1 }
hosts:
  a: { address: h, instances: [{ port: 1 }, { port: 1 }] }
  b: { address: h, port: 99999, after: [c, d] }
  c: { user: "-x" }
  a:
  e: *x
`;
  expect(linesOf(() => parseInventory(text, 'i.yaml'))).toEqual([
    'i.yaml:2:1: "taget" is not known in this file; allowed: ranch, target, defaults, zones, hosts; did you mean "target"?',
    'i.yaml:3:20: target.version is 1; allowed: a version of three numbers, like 0.5.2',
    'i.yaml:5:53: a has two instances on port 1; allowed: each port once',
    'i.yaml:6:17: b and a are one machine (h, port 22); allowed: one host for each address and port',
    'i.yaml:6:26: hosts.b.port is 99999; allowed: a whole number from 1 to 65535',
    'i.yaml:6:44: after names "d", which is not there; allowed: a zone or a host',
    'i.yaml:7:14: hosts.c.user is "-x"; allowed: a login name of letters, digits, ".", "_" and "-"',
    'i.yaml:8:3: "a" stands here twice; only one may stay',
    'i.yaml:9:6: a YAML alias (*) is refused; write the value out, or use "defaults"',
  ]);
});

test('the error has its code, the file as its place, and a line for each problem', () => {
  const run = () => parseInventory('ranch: r\nhosts: { -a: , -b: }\n', 'x/\u001b[1mi.yaml');
  expect(run).toThrow(ProblemsError);
  try {
    run();
  } catch (error) {
    expect(error).toMatchObject({ code: 'inventory-invalid', exitCode: 2, place: 'x/\\u001b[1mi.yaml' });
    expect(String(error)).toMatch(
      /2 problems\n {2}x\/\\u001b\[1mi\.yaml:2:10: .*\n {2}x\/\\u001b\[1mi\.yaml:2:16: /,
    );
  }
});

test('of very many problems the first 200 are told', () => {
  const run = () => parseInventory(`ranch: r\nhosts:\n${'  -a:\n'.repeat(1_000)}`, 'f');
  expect(problemsOf(run)).toHaveLength(200);
  expect(run).toThrow(/^more than 200 problems\n/);
});

test('a host that cannot be read is not told as missing where others wait for it', () => {
  const text = hosts('  a_b: { zone: x }\n  c: { after: [a_b, x], zone: y }\n  d: { port: 0, address: c }\n');
  expect(linesOf(() => parseInventory(text, 'f'))).toEqual([
    expect.stringContaining('f:3:3: "a_b" is refused as a name'),
    expect.stringContaining('f:5:14: hosts.d.port is 0'),
    expect.stringContaining('f:5:26: d and c are one machine'),
  ]);
});
