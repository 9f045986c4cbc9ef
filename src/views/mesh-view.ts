import type { MeshNode, MeshReport, MeshVerdict } from '../domain/mesh.ts';
import { findingLines } from './finding-lines.ts';
import { ink, type Line, renderLines, type Span } from './line.ts';
import { meshMatrix } from './mesh-matrix.ts';
import { paragraph } from './paragraph.ts';
import { count, grouped, showDuration } from './quantity.ts';
import type { Ink, View } from './style.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'HOST', keep: 9, min: 16 },
  { title: 'PORT', keep: 7, align: 'right' },
  { title: 'VERSION', keep: 8 },
  { title: 'CLOCK', keep: 5, align: 'right', optional: true },
  { title: 'PHEXT', keep: 3, min: 12, optional: true },
  { title: 'SCROLLS', keep: 2, align: 'right', optional: true },
  { title: 'CHECKSUM', keep: 1, min: 8, optional: true },
];

const VERDICT_INK: Readonly<Record<MeshVerdict, Ink>> = {
  full: 'green',
  partial: 'yellow',
  degraded: 'red',
  down: 'red',
};

function skewText({ skewMs }: MeshNode): string | undefined {
  if (skewMs === undefined) return undefined;
  const sign = skewMs < 0 ? '-' : '+';
  return Math.abs(skewMs) < 1000
    ? `${sign}${Math.abs(skewMs)} ms`
    : `${sign}${showDuration(Math.abs(skewMs))}`;
}

function row(node: MeshNode, agreed: string | undefined, view: View): readonly Line[] {
  const { none } = view.style.symbols;
  const cell = (text: string | undefined): Line => [text ?? none];
  const version: Span =
    node.version === undefined ? none : ink(node.version === agreed ? 'green' : 'yellow', node.version);
  return [
    [ink('bold', node.host)],
    cell(node.port === undefined ? undefined : String(node.port)),
    [version],
    cell(skewText(node)),
    cell(node.phext),
    cell(node.scrolls === undefined ? undefined : grouped(node.scrolls)),
    cell(node.checksum?.slice(0, 12)),
  ];
}

function summary(report: MeshReport): Line {
  const { verdict, why, pairs, mail, agreed, tookMs } = report;
  const counted = pairs.filter(({ state }) => state !== 'absent');
  const good = counted.filter(({ state }) => state === 'ok').length;
  const mailed = mail === undefined ? '' : `, ${grouped(mail.read)} of ${count(mail.sent, 'message')} read`;
  const version = agreed === undefined ? '' : ` to SQ ${agreed}`;
  return [
    'mesh ',
    ink(VERDICT_INK[verdict], verdict),
    `: ${grouped(good)} of ${count(counted.length, 'way')} hold${version}${mailed}, in ${showDuration(tookMs)}`,
    ...(why === '' ? [] : [ink('gray', ` (${why})`)]),
  ];
}

/**
 * `mesh`: what each SQ is, who reaches whom, what is wrong and what to do about it, and the verdict. Rows are the hosts
 * that ask, columns the SQ that are asked.
 */
export function meshView(report: MeshReport, view: View): readonly string[] {
  const { nodes, pairs, agreed, findings } = report;
  const bad = findings.filter(({ ok }) => !ok);
  return [
    ...table(
      COLUMNS,
      nodes.map((node) => row(node, agreed, view)),
      view,
    ),
    '',
    ...meshMatrix(nodes, pairs, view),
    '',
    ...(bad.length > 0 ? [...findingLines(bad, view), ''] : []),
    ...renderLines(paragraph([], summary(report), view), view),
  ];
}
