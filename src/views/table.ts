import { ink, type Line, lineWidth, renderCell } from './line.ts';
import type { Style, View } from './style.ts';

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** How much it matters: where room is short, the column with the least gives way first. */
  readonly keep: number;
  /** Columns below which it is of no use; what its widest cell needs where not given. */
  readonly min?: number;
  /** True when the table is better off without it than with another column below its `min`. */
  readonly optional?: boolean;
}

/** Columns between columns. */
const GAP = 2;

interface Sized {
  readonly column: Column;
  readonly index: number;
  readonly natural: number;
  readonly min: number;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

/** Takes `excess` columns from the widths, the least important first, none below its floor. */
function shrunk(sized: readonly Sized[], excess: number, floor: (one: Sized) => number): readonly number[] {
  const widths = sized.map((one) => one.natural);
  let rest = excess;
  const order = sized
    .map((_, at) => at)
    .sort((a, b) => (sized[a]?.column.keep ?? 0) - (sized[b]?.column.keep ?? 0));
  for (const at of order) {
    const one = sized[at];
    if (!one || rest <= 0) break;
    const taken = Math.min(rest, Math.max(0, one.natural - floor(one)));
    widths[at] = one.natural - taken;
    rest -= taken;
  }
  return widths;
}

/** Which columns stay, and how wide each is: optional ones go before any other is cut below its use. */
function layout(
  sized: readonly Sized[],
  width: number,
): readonly { readonly index: number; readonly width: number }[] {
  const excess = total(sized.map((one) => one.natural)) - width;
  const least = total(sized.map((one) => one.min));
  const optional = sized.filter((one) => one.column.optional).sort((a, b) => a.column.keep - b.column.keep);
  const [expendable] = optional;
  if (least > width && expendable) {
    return layout(
      sized.filter((one) => one !== expendable),
      width,
    );
  }
  const widths = shrunk(sized, excess, least > width ? () => 1 : (one) => one.min);
  return sized.map((one, at) => ({ index: one.index, width: widths[at] ?? 1 }));
}

function sizes(
  columns: readonly Column[],
  rows: readonly (readonly Line[])[],
  style: Style,
): readonly Sized[] {
  return columns.map((column, index) => {
    let natural = lineWidth([column.title], style);
    for (const row of rows) natural = Math.max(natural, lineWidth(row[index] ?? [], style));
    return { column, index, natural, min: Math.min(natural, column.min ?? natural) };
  });
}

/**
 * A table with a title row, one line a row, never wider than the view: cells that do not fit end in an ellipsis,
 * the least important column first. A row has one `Line` for each column.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Line[])[],
  view: View,
): readonly string[] {
  const places = layout(sizes(columns, rows, view.style), view.width);
  const titles = columns.map((column): Line => [ink('gray', column.title)]);
  const oneRow = (row: readonly Line[]): string => {
    let text = '';
    let room = view.width;
    for (const { index, width } of places) {
      const gap = text === '' ? 0 : GAP;
      const cell = Math.min(width, room - gap);
      if (cell < 1) break;
      text +=
        ' '.repeat(gap) + renderCell(row[index] ?? [], cell, columns[index]?.align ?? 'left', view.style);
      room -= gap + cell;
    }
    return text.trimEnd();
  };
  return [titles, ...rows].map(oneRow);
}
