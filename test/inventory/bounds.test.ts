import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import { parseInventory } from '../../src/inventory/inventory.ts';
import { parseLock } from '../../src/inventory/lock.ts';
import { parsePlaybook } from '../../src/inventory/playbook.ts';
import { hostsFromSshConfig } from '../../src/inventory/ssh-config.ts';
import { slowness } from '../machine-speed.ts';

/** Milliseconds of processor time that a text of a megabyte may cost, as is promised. */
const MAX_MS = 200;
const MAX_HEAP = 64 * 1024 * 1024;
const MEGABYTE = 1_000_000;

function fill(unit: string): string {
  return unit.repeat(Math.floor(MEGABYTE / unit.length));
}

const start = 'ranch: r\nhosts:\n';
const numbered = (line: (n: number) => string) =>
  (start + Array.from({ length: 40_000 }, (_, n) => line(n)).join('')).slice(0, MEGABYTE);

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('');
const some = (count: number, line: (n: number) => string) => start + lines(count, line);

/** Texts made to be dear: each aims at one loop of the reader. */
const bombs: readonly (readonly [string, string])[] = [
  ['many hosts', numbered((n) => `  h${n}:\n    tags: [a, b]\n`)],
  ['one-line hosts', numbered((n) => `  h${n}: { address: x }\n`)],
  ['bad names', numbered((n) => `  -h${n}:\n`)],
  [
    'unknown fields',
    `ranch: r\nhosts: { a: }\n${Array.from({ length: 4_900 }, (_, n) => `k${n}: 1\n`).join('')}`,
  ],
  ['one key again and again', start + '  a:\n'.repeat(4_900)],
  [
    'chain of jumps',
    start + Array.from({ length: 1_500 }, (_, n) => `  h${n}: {jump: h${n + 1}}\n`).join(''),
  ],
  [
    'after nobody',
    start + Array.from({ length: 1_500 }, (_, n) => `  h${n}: {after: q${n}qqqqqqq}\n`).join(''),
  ],
  ['one address', start + Array.from({ length: 1_500 }, (_, n) => `  h${n}: {address: x}\n`).join('')],
  ['flow entries', `a: [${fill('a,')}`],
  ['brackets', fill('[')],
  ['dashes', fill('- ')],
  ['anchors', fill('&a ')],
  ['aliases', fill('*a ')],
  ['tags', fill('!a ')],
  ['a long tag', `a: !${fill('a')}`],
  ['comments', fill('#\n')],
  ['blank lines', fill('\n')],
  ['documents', fill('---\n')],
  ['quotes', fill("'")],
  ['escapes', `a: "${fill('\\n')}"`],
  ['half surrogates', `a: "${fill('\\ud800').slice(0, 900_000)}"`],
  ['folded spaces', `a: "x\n${fill(' ').slice(9)}"`],
  ['a long word', `a: ${fill('b ').slice(9)}`],
  ['a long name', `${start}  ? ${fill('a.').slice(99)}\n  :\n`],
  ['a long version', `ranch: r\ntarget: { version: 1.2.3-${fill('a.').slice(99)} }\nhosts: { a: }\n`],
  ['a long address', `${start}  a: { public: "https://${fill('a.').slice(99)} " }\n`],
  ['digits', `${start}  a: { port: ${fill('9').slice(99)} }\n`],
  ['control characters', fill('\u0000')],
  ['carriage returns', fill('\r')],
  ['deeper and deeper', Array.from({ length: 1_300 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
  ['closing braces', start + '  }\n'.repeat(6_000)],
  ['colons', fill(':\n')],
  ['as many hosts as may be', some(9_300, (n) => `  h${n}:\n`)],
  ['as many wrong hosts', some(8_300, (n) => `  h${n}:\n    prt: x\n`)],
  ['as many bad names', some(9_300, (n) => `  h-${n}-:\n`)],
  ['as many after nobody', some(7_400, (n) => `  h${n}:\n    after: q${n}\n    port: 1\n`)],
  ['as many at one address', some(7_400, (n) => `  h${n}:\n    address: x\n    port: 1\n`)],
  ['as many in a zone each', some(8_300, (n) => `  h${n}:\n    zone: z${n}\n`)],
  ['as many in a chain', some(8_300, (n) => `  h${n}:\n    after: h${n + 1}\n`)],
  ['as many in a knot', some(8_300, (n) => `  h${n}:\n    after: h${(n * 7_919) % 8_300}\n`)],
  ['zones after nobody', `${start}  a:\nzones:\n${lines(8_200, (n) => `  zo${n}:\n    after: zx${n}\n`)}`],
  ['odd in every host', some(5_000, (n) => `  h${n}:\n    user: "\\x41"\n    tags: [a, b]\n`)],
  ['odd lines', start + '  -a:\n'.repeat(150_000)],
];

/** Runs `run`, which may only throw a `RanchError`. */
function onlyRanchError(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof RanchError)) throw error;
  }
}

/** Milliseconds of processor time that reading a text takes, whatever else runs on the machine. */
function cost(text: string): number {
  const before = process.cpuUsage();
  onlyRanchError(() => parseInventory(text, 'f'));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe('a text of a megabyte is read or refused at a bounded cost', () => {
  // The first text pays for compiling the program; the ones after it show what the text costs.
  onlyRanchError(() =>
    parseInventory(
      numbered((n) => `  h${n}: { user: u, tags: [a] }\n`),
      'f',
    ),
  );

  test.each(bombs)('%s', (_, text) => {
    // The cheapest of up to five: what a busy machine and the engine's own work add is none of the text's.
    let [ms, bytes] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const most = MAX_MS * slowness();
    for (let n = 0; n < 5 && (ms >= most || bytes >= MAX_HEAP); n += 1) {
      const heap = process.memoryUsage().heapUsed;
      ms = Math.min(ms, cost(text));
      bytes = Math.min(bytes, process.memoryUsage().heapUsed - heap);
    }
    expect(bytes).toBeLessThan(MAX_HEAP);
    expect(ms).toBeLessThan(most);
  });
});

const words = [
  ...[
    'ranch',
    'hosts',
    'defaults',
    'zones',
    'target',
    'version',
    'artifacts',
    'kind',
    'sweep',
    'rollout',
    'schedule',
  ],
  ...[
    'cron',
    'a',
    'lan',
    'after',
    'jump',
    'address',
    'port',
    'instances',
    'quorum',
    'tags',
    '1337',
    '50%',
    '0.5.2',
  ],
  ...[
    ': ',
    ':',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '#',
    '&x',
    '*x',
    '!t',
    '<<',
    '?',
    '|',
  ],
  ...[
    '---\n',
    '~',
    '%',
    '\t',
    '\r\n',
    '\\',
    '\u0000',
    '\u202e',
    '__proto__',
    'constructor',
    '-x',
    'null',
    'true',
  ],
];

const yamlish = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join(''));
const inventoryish = yamlish.map((text) => `ranch: r\nhosts:\n  a:\n  ${text}`);
const json = fc.json({ maxDepth: 4 });
const asJson = fc
  .dictionary(fc.constantFrom(...words), fc.jsonValue({ maxDepth: 3 }))
  .map((hosts) => JSON.stringify({ ranch: 'r', hosts }));

test('whatever the text, only a RanchError is thrown', () => {
  fc.assert(
    fc.property(fc.oneof(yamlish, inventoryish, json, asJson, fc.string({ unit: 'binary' })), (text) => {
      onlyRanchError(() => parseInventory(text, 'f'));
      onlyRanchError(() => parsePlaybook(text, 'f'));
      onlyRanchError(() => parsePlaybook(`kind: rollout\n${text}`, 'f'));
      onlyRanchError(() => parseLock(text, 'f'));
      hostsFromSshConfig(text);
    }),
    { numRuns: 250 },
  );
});

test('every problem points into the text and holds nothing that changes a terminal', () => {
  fc.assert(
    fc.property(fc.oneof(yamlish, inventoryish, fc.string({ unit: 'binary' })), (text) => {
      try {
        parseInventory(text, 'f');
      } catch (error) {
        if (!(error instanceof RanchError)) throw error;
        const lines = text.split('\n');
        for (const [, line, column] of error.message.matchAll(/^ {2}f:(\d+):(\d+): /gm)) {
          expect(Number(line)).toBeGreaterThan(0);
          expect(Number(line)).toBeLessThanOrEqual(lines.length);
          expect(Number(column)).toBeLessThanOrEqual((lines[Number(line) - 1]?.length ?? 0) + 1);
        }
        expect(error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
    }),
    { numRuns: 200 },
  );
});
