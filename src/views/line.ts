import type { Ink, Style, View } from './style.ts';
import { clip, textWidth } from './text-width.ts';
import { visible } from './visible.ts';

/** A piece of a line: text in one colour. The text may come from anywhere; it is escaped when it is rendered. */
export type Span = string | { readonly text: string; readonly ink: Ink };

/** One line of a view before it is rendered. */
export type Line = readonly Span[];

/** A span in a colour. */
export function ink(colour: Ink, text: string): Span {
  return { text, ink: colour };
}

interface Piece {
  readonly text: string;
  readonly ink: Ink | undefined;
}

function pieces(line: Line, style: Style): readonly Piece[] {
  return line.map((span) => {
    const text = visible(typeof span === 'string' ? span : span.text, { ascii: style.ascii });
    return { text, ink: typeof span === 'string' ? undefined : span.ink };
  });
}

function widthOf(parts: readonly Piece[]): number {
  return parts.reduce((sum, part) => sum + textWidth(part.text), 0);
}

/** Cuts pieces to `width` columns, the last of which then says that something is missing. */
function cut(parts: readonly Piece[], width: number, style: Style): readonly Piece[] {
  if (widthOf(parts) <= width) return parts;
  const kept: Piece[] = [];
  let room = width - 1;
  for (const part of parts) {
    const text = clip(part.text, room);
    room -= textWidth(text);
    kept.push({ text: text === part.text ? text : text + style.symbols.ellipsis, ink: part.ink });
    if (text !== part.text) break;
  }
  return width < 1 ? [] : kept;
}

function painted(parts: readonly Piece[], style: Style): string {
  return parts
    .map((part) =>
      part.ink === undefined || part.text === '' ? part.text : style.paint(part.ink, part.text),
    )
    .join('');
}

/** Columns that a line would take if it had all it wants. */
export function lineWidth(line: Line, style: Style): number {
  return widthOf(pieces(line, style));
}

/**
 * The only way from a `Line` to text: escapes every span, cuts the line to the width, then colours it. So no
 * view can let a host's control characters through or be wider than the terminal.
 */
export function renderLine(line: Line, view: View): string {
  return painted(cut(pieces(line, view.style), view.width, view.style), view.style).trimEnd();
}

/** Renders each of several lines. */
export function renderLines(lines: readonly Line[], view: View): readonly string[] {
  return lines.map((line) => renderLine(line, view));
}

/** A line cut and padded to exactly `width` columns. */
export function renderCell(line: Line, width: number, align: 'left' | 'right', style: Style): string {
  const parts = cut(pieces(line, style), width, style);
  const padding = ' '.repeat(Math.max(0, width - widthOf(parts)));
  return align === 'right' ? padding + painted(parts, style) : painted(parts, style) + padding;
}
