import { textWidth } from './text-width.ts';

/**
 * What to write to a terminal to replace the frame that stands there by another: up over the old lines, each new
 * line over an old one, then clear what is left below. The frame must be lower than the screen, since what has scrolled
 * away cannot be written over. `previousLineCount` is 0 for the first frame.
 */
export function repaint(previousLineCount: number, frameLines: readonly string[]): string {
  const up = previousLineCount > 0 ? `\x1b[${previousLineCount}A` : '';
  return `${up}\r${frameLines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`;
}

/** What colours a text on a terminal, and takes no columns. */
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Rows that painted lines take on a terminal of `width` columns: one wider than that was broken by it. */
export function rowsOf(lines: readonly string[], width: number): number {
  return lines.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(textWidth(line.replace(COLOURS, '')) / Math.max(1, width))),
    0,
  );
}
