import type { Figure, Row } from './row.ts';

/** What became of a row: figures, or why there are none. */
export type Outcome =
  | { readonly kind: 'measured'; readonly row: Row; readonly figures: readonly Figure[] }
  | { readonly kind: 'skipped' | 'failed'; readonly row: Row; readonly why: string };

/** Whether a figure is reached. */
export function reached({ value, atMost }: Figure): boolean {
  return value <= atMost;
}

function shown(value: number, unit: Figure['unit']): string {
  if (unit === 'x') return `${value.toFixed(2)} x`;
  if (unit === 'ms' || unit === 'MB') return `${value.toFixed(1)} ${unit}`;
  return `${value} ${unit}`;
}

/** A row as lines of text: each figure beside what it must reach. */
export function linesOf(outcome: Outcome): readonly string[] {
  const head = `${`${outcome.row.id}`.padStart(2)}  ${outcome.row.title}`;
  if (outcome.kind !== 'measured') return [head, `      ${outcome.kind}: ${outcome.why}`];
  const lines = outcome.figures.map((figure) => {
    const { what, value, unit, atMost, evidence } = figure;
    const must = `must be <= ${shown(atMost, unit)}`;
    return `      ${reached(figure) ? 'pass' : 'FAIL'}  ${what.padEnd(26)} ${shown(value, unit).padStart(9)}  ${must.padEnd(20)} (${evidence})`;
  });
  return [head, ...lines];
}

/** A row as JSON for a file. */
export function recordOf(outcome: Outcome): unknown {
  const { id, title } = outcome.row;
  if (outcome.kind !== 'measured') return { row: id, title, [outcome.kind]: outcome.why };
  const figures = outcome.figures.map((figure) => ({ ...figure, pass: reached(figure) }));
  return { row: id, title, figures };
}
