import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { readEveryday } from '../../src/inventory/everyday-yaml.ts';
import { data, nodes } from '../../src/inventory/makers.ts';
import { toPlain } from '../../src/inventory/plain.ts';
import { guardYaml } from '../../src/inventory/yaml-guard.ts';
import { fromLibrary, type YamlNode } from '../../src/inventory/yaml-node.ts';

/** Nothing stands at a place of its own: where the library puts it is of no use to anybody. */
function comparable(node: YamlNode | undefined): unknown {
  if (node?.kind === 'scalar') return node.empty ? 'nothing' : node;
  if (node?.kind === 'list') return { ...node, items: node.items.map(comparable) };
  if (node?.kind !== 'map') return node;
  const pairs = node.pairs.map((pair) => ({ key: comparable(pair.key), value: comparable(pair.value) }));
  return { ...node, pairs };
}

/** What the library makes of a text on its own, and whether anything is wrong with it. */
function byLibrary(text: string): { readonly node: unknown; readonly wrong: readonly string[] } {
  const options = { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, merge: false } as const;
  const document = parseDocument(text, options);
  const wrong = [...document.errors, ...guardYaml(text).refusals].map((error) => error.message);
  return { node: comparable(fromLibrary(document.contents, 0)), wrong };
}

/** What is made of a text at once is what is made of its nodes, and nothing where one of these is refused. */
function expectSameData(text: string, root: YamlNode): void {
  const refusals: unknown[] = [];
  const plain = toPlain(root, (refusal) => refusals.push(refusal));
  const read = readEveryday(text, 10_000, data);
  expect(read).toEqual(refusals.length === 0 ? { kind: 'read', root: plain } : { kind: 'unusual' });
}

/** True when a text is read in the everyday way; it must then be what the library makes of it, place for place. */
function readsAlike(text: string): boolean {
  const read = readEveryday(text, 10_000, nodes);
  if (read.kind !== 'read') {
    expect(readEveryday(text, 10_000, data).kind).toBe(read.kind);
    return false;
  }
  expectSameData(text, read.root);
  expect({ node: comparable(read.root), wrong: [] }).toEqual(byLibrary(text));
  return true;
}

const key = fc.constantFrom(
  'ranch',
  'a',
  'h-1.x',
  'null',
  '0',
  'true',
  'tags',
  'é',
  'a_b',
  '-a',
  'a b',
  '"q"',
  '?',
  '',
);
const word = fc.constantFrom(
  ...[
    'a',
    '1337',
    '0x1f',
    '~',
    '~/x',
    '50%',
    'a b',
    'a:b',
    'fe80::1',
    'https://x/y?z',
    '...',
    '---',
    '-',
    '-1',
  ],
  ...[
    '"x # y"',
    "'x: y'",
    '"a\\x41"',
    "'it''s'",
    '"',
    "'",
    '""',
    'a#b',
    'a #b',
    'a: b',
    'a:',
    ':a',
    '&a',
    '*a',
  ],
  ...[
    '!t',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    'a, b',
    'a]',
    '{',
    '[',
    'é ü',
    'a (b) & c',
    'a "b" c',
    "it's",
    'a*b',
    'null',
    '',
  ],
);
const flow: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => {
  const inside = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: tie('value') });
  const gap = fc.constantFrom('', ' ', '  ');
  const list = fc
    .tuple(gap, fc.array(inside, { maxLength: 3 }), fc.constantFrom(', ', ',', ' , '))
    .map(([space, items, comma]) => `[${space}${items.join(comma)}${space}]`);
  const pair = fc.tuple(key, fc.constantFrom(': ', ':  ', ':'), inside).map((parts) => parts.join(''));
  const map = fc
    .tuple(gap, fc.array(pair, { maxLength: 3 }))
    .map(([space, pairs]) => `{${space}${pairs.join(', ')}${space}}`);
  return { value: fc.oneof(list, map) };
}).value;
const indent = fc.constantFrom('', '  ', '    ', '      ', ' ', '   ', '- ', '  - ', '    - ', '-', '\t');
const comment = fc.constantFrom('', '', '', ' # c', ' #', '#c', '  ', ' # "[{&*', '\t');
const line = fc
  .oneof(
    fc.tuple(indent, key, fc.constantFrom(':', ': ', ':  ', ' : ', ''), fc.oneof(word, flow), comment),
    fc.tuple(indent, key, fc.constant(':'), comment),
    fc.tuple(indent, fc.oneof(word, flow), comment),
    fc.tuple(fc.constantFrom('', '  ', '# x', '  # y', '---', '...', ' }', '  ]')),
  )
  .map((parts) => parts.join(''));
const lines = fc.array(line, { maxLength: 8 });

/** Mostly well-formed: a host of a few fields, the odd line among them. */
const host = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.tuple(key, fc.oneof(word, flow)).map(([k, v]) => `    ${k}: ${v}`) },
      { weight: 1, arbitrary: line },
    ),
    { maxLength: 3 },
  )
  .map((fields) => ['  h1:', ...fields]);
const inventory = fc.array(host, { maxLength: 3 }).map((hosts) => ['ranch: r', 'hosts:', ...hosts.flat()]);
const end = fc.constantFrom('\n', '\r\n');

test('what is read in the everyday way is what the library makes of it, place for place', () => {
  let alike = 0;
  const text = fc
    .tuple(fc.oneof(lines, inventory), end, fc.constantFrom('', '\n', '---\n', '# x\n'))
    .map(([all, newline, first]) => first + all.join(newline) + newline);
  fc.assert(
    fc.property(text, (one) => {
      if (readsAlike(one)) alike += 1;
    }),
    { numRuns: 4_000 },
  );
  // Were nearly all of them left to the library, this would show nothing.
  expect(alike).toBeGreaterThan(400);
});

test('a text is cut anywhere, or has a character put in anywhere, and is still what the library makes of it', () => {
  const whole = `# ranch
ranch: mirrorborn
target: { version: 0.5.2 }
zones:
  aws: { after: [lan], quorum: 1 }
hosts:
  aurora: # the first
    sentinel: "Phex # 1"
    tags: [canary, a-b]
    instances: [{ port: 1337, phext: cyoa }, { port: 1339 }]

  halcyon:
    jump: u@b:22
    instances:
      - port: 1337
        phext: x
      - { port: 1339 }
    after:
    - aws
  lilly:
`;
  const put = fc.constantFrom(...' \n:-#,[]{}"\'&*!|>%@`?~.a0\t\r', '\n  ', ': ', ' #', '- ', '---\n', "''");
  let alike = 0;
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(6), fc.option(put, { nil: '' }), (at, left, added) => {
      if (readsAlike(whole.slice(0, at) + added + whole.slice(at + left))) alike += 1;
    }),
    { numRuns: 3_000 },
  );
  expect(readsAlike(whole)).toBe(true);
  expect(alike).toBeGreaterThan(500);
});
