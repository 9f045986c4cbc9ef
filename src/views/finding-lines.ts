import type { Finding, Severity } from '../domain/finding.ts';
import { SEVERITY_INK } from './colours.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { count, grouped, showDuration } from './quantity.ts';
import type { View } from './style.ts';

const SEVERITIES_WORST_FIRST: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

function place(finding: Finding): string {
  return finding.port === undefined ? finding.host : `${finding.host}:${finding.port}`;
}

function blockOf(finding: Finding, view: View): readonly Line[] {
  const { done, failed, arrow } = view.style.symbols;
  const name = [ink('bold', place(finding)), ` ${finding.check}`];
  const took = ink('gray', ` (${showDuration(finding.tookMs)})`);
  if (finding.ok) return paragraph([ink('green', `${done} `)], [...name, `: ${finding.got}`, took], view);
  const colour = SEVERITY_INK[finding.severity];
  return [
    ...paragraph([ink(colour, `${failed} `)], [...name, ' ', ink(colour, finding.severity), took], view),
    ...paragraph(['  ', ink('gray', 'asked '), ''], [finding.asked], view),
    ...paragraph(['  ', ink('gray', 'got   '), ''], [finding.got], view),
    ...(finding.advice === '' ? [] : paragraph([ink('bold', `  ${arrow} `)], [finding.advice], view)),
  ];
}

function summary(findings: readonly Finding[]): Line {
  const hosts = new Set(findings.map((finding) => finding.host)).size;
  const bad = findings.filter((finding) => !finding.ok);
  const worst = SEVERITIES_WORST_FIRST.flatMap((severity) => {
    const amount = bad.filter((finding) => finding.severity === severity).length;
    return amount > 0 ? [`${grouped(amount)} ${severity}`] : [];
  });
  return [
    `${count(findings.length, 'check')} on ${count(hosts, 'host')}: `,
    ink('green', `${grouped(findings.length - bad.length)} ok`),
    ...(bad.length > 0 ? [', ', ink('red', `${grouped(bad.length)} not (${worst.join(', ')})`)] : []),
  ];
}

/**
 * What checks saw, in their order: one line for each that held, a block with what was asked, what came back and what to
 * do for each that did not; then the counts.
 */
export function findingLines(findings: readonly Finding[], view: View): readonly string[] {
  if (findings.length === 0) return renderLines([['No checks ran.']], view);
  const lines = findings.flatMap((finding) => blockOf(finding, view));
  return renderLines([...lines, [], ...paragraph([], summary(findings), view)], view);
}
