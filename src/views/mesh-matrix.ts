import type { MeshNode, MeshPair, ReachState } from '../domain/mesh.ts';
import { ink, type Line, lineWidth, renderCell, renderLines, type Span } from './line.ts';
import type { Ink, Style, View } from './style.ts';

/** The letter of each trouble: told apart without colour too. */
const LETTER: Readonly<Record<Exclude<ReachState, 'ok' | 'absent'>, string>> = {
  'host-down': 'D',
  'port-closed': 'C',
  'no-route': 'R',
  'name-unknown': 'N',
  'forwarding-forbidden': 'F',
  hung: 'H',
  poisoned: 'P',
  'wrong-version': 'V',
  'not-sq': 'X',
  unasked: '?',
};

const MEANING: Readonly<Record<ReachState, string>> = {
  ok: 'reached',
  absent: 'absent, as expected',
  'host-down': 'host down',
  'port-closed': 'port closed',
  'no-route': 'no route',
  'name-unknown': 'name unknown there',
  'forwarding-forbidden': 'forwarding forbidden',
  hung: 'SQ hung',
  poisoned: 'SQ poisoned (500)',
  'wrong-version': 'wrong version',
  'not-sq': 'not that SQ',
  unasked: 'not asked',
};

const INK: Readonly<Record<ReachState, Ink>> = {
  ok: 'green',
  absent: 'gray',
  'host-down': 'red',
  'port-closed': 'red',
  'no-route': 'red',
  'name-unknown': 'magenta',
  'forwarding-forbidden': 'magenta',
  hung: 'red',
  poisoned: 'red',
  'wrong-version': 'yellow',
  'not-sq': 'red',
  unasked: 'blue',
};

function symbolOf(state: ReachState, { symbols }: Style): string {
  if (state === 'ok') return symbols.done;
  return state === 'absent' ? symbols.none : LETTER[state];
}

/** At most four columns. */
function latencyOf(tookMs: number): string {
  return tookMs < 100 ? tookMs.toFixed(1) : tookMs < 10_000 ? String(Math.round(tookMs)) : '10s+';
}

/** A mark, and beside it (where there is room) the milliseconds; marks stand under each other and their number. */
function marked(mark: string, tookMs: number | undefined, timed: boolean): string {
  const took = tookMs === undefined ? '' : latencyOf(tookMs);
  return timed ? `${mark} ${took.padStart(TIMED_CELL - 3)}` : mark;
}

/** One cell. */
function cellOf(pair: MeshPair | undefined, timed: boolean, style: Style): Span {
  if (!pair) return ' ';
  return ink(INK[pair.state], marked(symbolOf(pair.state, style), timed ? pair.tookMs : undefined, timed));
}

/** How the matrix is laid out: as much in a cell as the width allows. */
interface Layout {
  /** Columns of the number and the name before a row. */
  readonly label: number;
  readonly cell: number;
  readonly timed: boolean;
  /** Columns of the matrix in one block. */
  readonly across: number;
}

const TIMED_CELL = 7;
const LONGEST_NAME = 26;

function layoutOf(labels: readonly string[], columns: number, { width, style }: View): Layout {
  const widest = Math.max(0, ...labels.map((label) => lineWidth([label], style)));
  const label = Math.min(widest, LONGEST_NAME, Math.max(8, Math.floor(width / 2))) + 1;
  const digits = String(columns).length;
  for (const cell of [TIMED_CELL, digits + 1]) {
    if (label + columns * cell <= width) return { label, cell, timed: cell === TIMED_CELL, across: columns };
  }
  return { label, cell: 1, timed: false, across: Math.max(1, Math.min(columns, width - label)) };
}

function head(number: string, { cell, timed }: Layout): string {
  return timed ? ` ${number.padEnd(cell - 1)}` : number.padStart(cell);
}

/** The numbers over the columns; upright, one digit a line, where a cell is one column wide. */
function heads(from: number, layout: Layout, columns: number): readonly Line[] {
  const numbers = Array.from({ length: Math.min(layout.across, columns - from) }, (_, at) =>
    String(from + at + 1),
  );
  const indent = ' '.repeat(layout.label);
  if (layout.cell > 1) return [[indent, ink('gray', numbers.map((one) => head(one, layout)).join(''))]];
  const digits = String(columns).length;
  return Array.from({ length: digits }, (_, line): Line => {
    const row = numbers.map((one) => one.padStart(digits)[line] ?? ' ').join('');
    return [indent, ink('gray', row)];
  });
}

/** `2` or `2-3`, and the name: the numbers are those of the host's own columns. */
function labelOf(host: string, nodes: readonly MeshNode[]): string {
  const mine = nodes.flatMap((node, at) => (node.host === host ? [{ number: at + 1, port: node.port }] : []));
  const [first] = mine;
  const last = mine.at(-1);
  const numbers = first === last ? `${first?.number ?? ''}` : `${first?.number}-${last?.number}`;
  const ports = mine.length > 1 ? mine.map(({ port }) => ` :${port}`).join('') : '';
  return `${numbers.padStart(String(nodes.length).length)} ${host}${ports}`;
}

const keyOf = (from: string, to: string, port: number | undefined): string => `${from} ${to} ${port ?? ''}`;

/** What the marks that occur mean; a mark never stands on another line than its meaning. */
function legend(states: ReadonlySet<ReachState>, { width, style }: View): readonly Line[] {
  const known = (Object.keys(MEANING) as readonly ReachState[]).filter((state) => states.has(state));
  const entries: readonly Line[] = [
    ...known.map((state): Line => [ink(INK[state], symbolOf(state, style)), ` ${MEANING[state]}`]),
    [ink('gray', style.symbols.dot), ' itself'],
  ];
  const lines: Span[][] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last && lineWidth([...last, '   ', ...entry], style) <= width) last.push('   ', ...entry);
    else lines.push([...entry]);
  }
  return lines;
}

/**
 * Who reaches whom: a row for each host that asks, a numbered column for each SQ that is asked. With the milliseconds
 * where they fit; with upright numbers where there are many; in several blocks where even that is too wide.
 */
export function meshMatrix(
  nodes: readonly MeshNode[],
  pairs: readonly MeshPair[],
  view: View,
): readonly string[] {
  const { style } = view;
  const hosts = [...new Set(nodes.map(({ host }) => host))];
  const labels = new Map(hosts.map((host) => [host, labelOf(host, nodes)]));
  const layout = layoutOf([...labels.values()], nodes.length, view);
  const byKey = new Map(pairs.map((pair) => [keyOf(pair.from, pair.to, pair.port), pair]));
  const cell = (from: string, node: MeshNode): string => {
    const own = node.host === from;
    const mark = node.state === 'ok' ? style.symbols.dot : symbolOf(node.state, style);
    const itself = ink(node.state === 'ok' ? 'gray' : INK[node.state], marked(mark, undefined, layout.timed));
    const span = own ? itself : cellOf(byKey.get(keyOf(from, node.host, node.port)), layout.timed, style);
    return renderCell([span], layout.cell, 'right', style);
  };
  const lines: string[] = [];
  for (let from = 0; from < nodes.length; from += layout.across) {
    const some = nodes.slice(from, from + layout.across);
    if (from > 0) lines.push('');
    lines.push(...renderLines(heads(from, layout, nodes.length), view));
    for (const host of hosts) {
      const label = renderCell([labels.get(host) ?? ''], layout.label, 'left', style);
      lines.push((label + some.map((node) => cell(host, node)).join('')).trimEnd());
    }
  }
  const states = new Set([...pairs, ...nodes].map(({ state }) => state));
  return [...lines, '', ...renderLines(legend(states, view), view)];
}
