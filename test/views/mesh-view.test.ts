import { expect, test } from 'vitest';
import type { MeshNode, MeshPair, MeshReport, ReachState } from '../../src/domain/mesh.ts';
import { meshMatrix } from '../../src/views/mesh-matrix.ts';
import { meshRecords } from '../../src/views/mesh-records.ts';
import { meshView } from '../../src/views/mesh-view.ts';
import { makeStyle, PLAIN } from '../../src/views/style.ts';
import { textWidth } from '../../src/views/text-width.ts';
import { host, version } from './fixtures.ts';

const RANCH = [
  'aurora-continuum',
  'halcyon-vector',
  'logos-prime',
  'chrysalis-hub',
  'lilly',
  'aletheia-core',
  'mirrorborn.us',
];

function nodesOf(
  names: readonly string[],
  state: (name: string) => ReachState = () => 'ok',
): readonly MeshNode[] {
  return names.map((name, at) => ({
    kind: 'mesh-node',
    host: host(name),
    port: 1337,
    state: state(name),
    got: '',
    version: version('0.5.2'),
    skewMs: at - 3,
    phext: 'choose-your-own-adventure',
    scrolls: 693,
    checksum: '14387a3f33b03b14288f4ff5187972d7',
  }));
}

function pairsOf(
  nodes: readonly MeshNode[],
  state: (from: string, to: string) => ReachState,
): readonly MeshPair[] {
  return nodes.flatMap((from, i) =>
    nodes.flatMap((to, j): readonly MeshPair[] => {
      if (from.host === to.host) return [];
      const how = state(from.host, to.host);
      const took = how === 'ok' ? { tookMs: i + j / 10 } : {};
      return [
        { kind: 'mesh-pair', from: from.host, to: to.host, port: to.port ?? 0, state: how, got: '', ...took },
      ];
    }),
  );
}

const troubled = (from: string, to: string): ReachState => {
  if (from === 'aletheia-core' || to === 'aletheia-core') return 'absent';
  if (to === 'lilly') return 'hung';
  if (from === 'logos-prime' && to === 'mirrorborn.us') return 'port-closed';
  return to === 'chrysalis-hub' ? 'wrong-version' : 'ok';
};

test('seven hosts in eighty columns: who reaches whom, in how many milliseconds', () => {
  const nodes = nodesOf(RANCH, (name) =>
    name === 'aletheia-core' ? 'absent' : name === 'lilly' ? 'hung' : 'ok',
  );
  const lines = meshMatrix(nodes, pairsOf(nodes, troubled), { width: 80, style: PLAIN });
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
                        1      2      3      4      5      6      7
    1 aurora-continuum  ·      ✓  0.1 ✓  0.2 V      H      —      ✓  0.6
    2 halcyon-vector    ✓  1.0 ·      ✓  1.2 V      H      —      ✓  1.6
    3 logos-prime       ✓  2.0 ✓  2.1 ·      V      H      —      C
    4 chrysalis-hub     ✓  3.0 ✓  3.1 ✓  3.2 ·      H      —      ✓  3.6
    5 lilly             ✓  4.0 ✓  4.1 ✓  4.2 V      H      —      ✓  4.6
    6 aletheia-core     —      —      —      —      —      —      —
    7 mirrorborn.us     ✓  6.0 ✓  6.1 ✓  6.2 V      H      —      ·

    ✓ reached   — absent, as expected   C port closed   H SQ hung   V wrong version
    · itself
    "
  `);
});

test('fifty hosts in eighty columns: upright numbers, one mark a pair', () => {
  const names = Array.from({ length: 50 }, (_, at) => `host-${String(at + 1).padStart(2, '0')}`);
  const nodes = nodesOf(names);
  const lines = meshMatrix(
    nodes,
    pairsOf(nodes, (from, to) => (from < 'host-03' && to > 'host-48' ? 'no-route' : 'ok')),
    {
      width: 80,
      style: PLAIN,
    },
  );
  expect(lines).toHaveLength(54);
  expect(`\n${lines.slice(0, 5).join('\n')}\n`).toMatchInlineSnapshot(`
    "
                        11111111112222222222333333333344444444445
               12345678901234567890123456789012345678901234567890
     1 host-01 ·✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓RR
     2 host-02 ✓·✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓RR
     3 host-03 ✓✓·✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓
    "
  `);
});

test('no line is wider than the terminal, and none loses a pair, at any width', () => {
  const nodes = nodesOf(RANCH.flatMap((name) => [name, `${name}-two`, `${name}-three`]));
  const pairs = pairsOf(nodes, () => 'hung');
  for (const width of [30, 40, 60, 80, 200]) {
    const lines = meshMatrix(nodes, pairs, { width, style: PLAIN });
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
    const marks = lines.slice(0, lines.lastIndexOf('')).join('\n').match(/H/g) ?? [];
    expect(marks.length).toBe(21 * 20);
  }
});

test('two instances of a host have two columns and one row', () => {
  const [first, second] = nodesOf(['halcyon', 'lilly']);
  if (!first || !second) throw new Error('no nodes');
  const nodes = [first, { ...first, port: 1339 }, second];
  const pairs = [
    { from: second, to: first, port: 1337, state: 'ok' },
    { from: second, to: first, port: 1339, state: 'poisoned' },
    { from: first, to: second, port: 1337, state: 'ok' },
  ].map(
    ({ from, to, port, state }): MeshPair => ({
      kind: 'mesh-pair',
      from: from.host,
      to: to.host,
      port,
      state: state as ReachState,
      got: '',
    }),
  );
  const lines = meshMatrix(nodes, pairs, { width: 80, style: makeStyle({ ascii: true }) });
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
                             1      2      3
    1-2 halcyon :1337 :1339  |      |      +
    3 lilly                  +      P      |

    + reached   P SQ poisoned (500)   | itself
    "
  `);
});

const REPORT: MeshReport = {
  verdict: 'degraded',
  why: '1 of 2 ways do not hold',
  agreed: version('0.5.2'),
  nodes: nodesOf(['lilly', 'logos-prime']),
  pairs: pairsOf(nodesOf(['lilly', 'logos-prime']), (from) => (from === 'lilly' ? 'ok' : 'no-route')),
  mail: { sent: 2, read: 2, boxes: 1, leftAlone: 1 },
  findings: [
    {
      kind: 'finding',
      check: 'mesh reach',
      host: host('lilly'),
      port: 1337,
      ok: false,
      severity: 'high',
      asked: 'the way to it from logos-prime',
      got: 'no-route: \x1b[31mlost',
      advice: 'Look at the network between the two (route, VPN, firewall).',
      tookMs: 0,
    },
  ],
  tookMs: 812,
};

test('the verdict comes last, what is wrong before it, and nothing foreign reaches the terminal', () => {
  const lines = meshView(REPORT, { width: 100, style: PLAIN });
  expect(lines.join('\n')).not.toContain('\x1b');
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    HOST         PORT  VERSION  CLOCK  PHEXT                      SCROLLS  CHECKSUM
    lilly        1337  0.5.2    -3 ms  choose-your-own-adventure      693  14387a3f33b0
    logos-prime  1337  0.5.2    -2 ms  choose-your-own-adventure      693  14387a3f33b0

                   1      2
    1 lilly        ·      ✓  0.1
    2 logos-prime  R      ·

    ✓ reached   R no route   · itself

    ✗ lilly:1337 mesh reach high
      asked the way to it from logos-prime
      got   no-route: \\x1b[31mlost
      → Look at the network between the two (route, VPN, firewall).

    1 check on 1 host: 0 ok, 1 not (1 high)

    mesh degraded: 1 of 2 ways hold to SQ 0.5.2, 2 of 2 messages read, in 812 ms (1 of 2 ways do not
    hold)
    "
  `);
});

test('as records: one a line, the verdict first', () => {
  const records = meshRecords(REPORT).map((line) => JSON.parse(line));
  expect(records.map(({ type }) => type)).toEqual([
    'mesh',
    'mesh-node',
    'mesh-node',
    'mesh-pair',
    'mesh-pair',
    'finding',
  ]);
  expect(records[0]).toMatchObject({ verdict: 'degraded', agreed: '0.5.2', mail: { sent: 2, read: 2 } });
  expect(records[3]).toMatchObject({ from: 'lilly', to: 'logos-prime', port: 1337, state: 'ok' });
});
