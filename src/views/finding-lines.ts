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

/** It holds, and there is nothing to say about it. */
function isFine({ ok, severity }: Finding): boolean {
  return ok && severity === 'info';
}

function blockOf(finding: Finding, view: View, more = 0): readonly Line[] {
  const { done, failed, arrow } = view.style.symbols;
  const also = more > 0 ? ` and ${count(more, 'other')}` : '';
  const name = [ink('bold', place(finding)), `${also} ${finding.check}`];
  const took = ink('gray', finding.tookMs > 0 ? ` (${showDuration(finding.tookMs)})` : '');
  if (isFine(finding))
    return paragraph([ink('green', `${done} `)], [...name, `: ${finding.got}`, took], view);
  const colour = SEVERITY_INK[finding.severity];
  const hazard = finding.ok ? ', a known hazard' : '';
  const mark = ink(colour, `${finding.ok ? '!' : failed} `);
  return [
    ...paragraph([mark], [...name, ' ', ink(colour, finding.severity), hazard, took], view),
    ...paragraph(['  ', ink('gray', 'asked '), ''], [finding.asked], view),
    ...paragraph(['  ', ink('gray', 'got   '), ''], [finding.got], view),
    ...(finding.advice === '' ? [] : paragraph([ink('bold', `  ${arrow} `)], [finding.advice], view)),
  ];
}

function summary(findings: readonly Finding[]): Line {
  const hosts = new Set(findings.map((finding) => finding.host)).size;
  const bad = findings.filter((finding) => !finding.ok);
  const hazards = findings.filter((finding) => finding.ok && !isFine(finding)).length;
  const worst = SEVERITIES_WORST_FIRST.flatMap((severity) => {
    const amount = bad.filter((finding) => finding.severity === severity).length;
    return amount > 0 ? [`${grouped(amount)} ${severity}`] : [];
  });
  return [
    `${count(findings.length, 'check')} on ${count(hosts, 'host')}: `,
    ink('green', `${grouped(findings.length - bad.length)} ok`),
    ...(hazards > 0 ? [' (', ink('yellow', count(hazards, 'known hazard')), ')'] : []),
    ...(bad.length > 0 ? [', ', ink('red', `${grouped(bad.length)} not (${worst.join(', ')})`)] : []),
  ];
}

/** What held at one place, in one line: how many, and the words of the first, which tells what runs there. */
function briefOf([first, ...rest]: readonly Finding[], view: View): readonly Line[] {
  if (!first) return [];
  if (rest.length === 0) return blockOf(first, view);
  const took = [first, ...rest].reduce((sum, { tookMs }) => sum + tookMs, 0);
  const name = [ink('bold', place(first)), ` ${grouped(rest.length + 1)} checks ok: ${first.got}`];
  const mark = ink('green', `${view.style.symbols.done} `);
  return paragraph([mark], [...name, ink('gray', took > 0 ? ` (${showDuration(took)})` : '')], view);
}

/** By place, in the order in which places come first. */
function byPlace(findings: readonly Finding[]): Iterable<readonly Finding[]> {
  const places = new Map<string, Finding[]>();
  for (const finding of findings) {
    const known = places.get(place(finding));
    if (known) known.push(finding);
    else places.set(place(finding), [finding]);
  }
  return places.values();
}

/** Known hazards, each told once for all places where it is the same: it belongs to a version, not to a host. */
function hazardBlocks(findings: readonly Finding[], view: View): readonly Line[] {
  const same = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (!finding.ok || isFine(finding)) continue;
    const { check, severity, got, advice } = finding;
    const name = JSON.stringify([check, severity, got, advice]);
    same.set(name, [...(same.get(name) ?? []), finding]);
  }
  return Array.from(same.values()).flatMap(([first, ...others]) =>
    first ? blockOf(first, view, others.length) : [],
  );
}

/**
 * What checks saw, in their order: a line for each that held (`brief`: one for each place), a block with what was asked,
 * what came back and what to do for each that did not, or that is a known hazard (`brief`: once for all places); then the counts.
 */
export function findingLines(
  findings: readonly Finding[],
  view: View,
  { brief = false }: { readonly brief?: boolean } = {},
): readonly string[] {
  if (findings.length === 0) return renderLines([['No checks ran.']], view);
  const lines = brief
    ? [
        ...Array.from(byPlace(findings)).flatMap((at) => [
          ...briefOf(
            at.filter((finding) => isFine(finding)),
            view,
          ),
          ...at.filter(({ ok }) => !ok).flatMap((finding) => blockOf(finding, view)),
        ]),
        ...hazardBlocks(findings, view),
      ]
    : findings.flatMap((finding) => blockOf(finding, view));
  return renderLines([...lines, [], ...paragraph([], summary(findings), view)], view);
}
