import { type Line, lineWidth, type Span } from './line.ts';
import type { Ink, View } from './style.ts';
import { clip, textWidth } from './text-width.ts';
import { visible } from './visible.ts';

/** Columns of prose below which it is unreadable and the indent gives way. */
const LEAST_ROOM = 12;

/**
 * Stands for a space at which a line must not break while words are made; turned back before anything is shown. It cannot
 * come from the text itself, where `visible` has escaped it.
 */
const HARD_SPACE = '\u00a0';

interface Piece {
  readonly text: string;
  readonly ink: Ink | undefined;
}

/** What stands between two spaces; it may change its colour in the middle. */
type Word = readonly Piece[];

function widthOf(word: Word): number {
  return word.reduce((sum, piece) => sum + textWidth(piece.text), 0);
}

/** A command in backquotes is one word: it must be possible to copy it. */
function keptTogether(text: string, room: number): string {
  return text.replace(/`[^`]+`/g, (command) =>
    textWidth(command) <= room ? command.replaceAll(' ', HARD_SPACE) : command,
  );
}

function wordsOf(line: Line, view: View, room: number): readonly Word[] {
  const words: Piece[][] = [[]];
  for (const span of line) {
    const inkOf = typeof span === 'string' ? undefined : span.ink;
    const text = visible(typeof span === 'string' ? span : span.text, { ascii: view.style.ascii });
    keptTogether(text, room)
      .split(' ')
      .forEach((part, index) => {
        if (index > 0) words.push([]);
        if (part !== '') words.at(-1)?.push({ text: part, ink: inkOf });
      });
  }
  return words.filter((word) => word.length > 0);
}

/** A word that is too wide for any line, cut into such that are not. */
function chopped(word: Word, room: number): readonly Word[] {
  if (widthOf(word) <= room) return [word];
  return word.flatMap((piece) => {
    const parts: Word[] = [];
    let rest = piece.text;
    while (rest !== '') {
      const text = clip(rest, room) || rest;
      parts.push([{ ...piece, text }]);
      rest = rest.slice(text.length);
    }
    return parts;
  });
}

function spansOf(word: Word): readonly Span[] {
  return word.map((piece) => {
    const text = piece.text.replaceAll(HARD_SPACE, ' ');
    return piece.ink === undefined ? text : { text, ink: piece.ink };
  });
}

/**
 * Prose, which must be read to its end and so is wrapped and never cut: `lead` stands before the first line,
 * and the following lines are indented by as many columns; a lead that leaves no room gets a line of its own.
 */
export function paragraph(lead: Line, text: Line, view: View): readonly Line[] {
  const wanted = lineWidth(lead, view.style);
  const cramped = view.width - wanted < LEAST_ROOM;
  const indent = cramped ? Math.max(0, Math.min(2, view.width - LEAST_ROOM)) : wanted;
  const room = Math.max(1, view.width - indent);
  const lines: Span[][] = cramped && wanted > 0 ? [[...lead], [' '.repeat(indent)]] : [[...lead]];
  let used = 0;
  for (const word of wordsOf(text, view, room).flatMap((one) => chopped(one, room))) {
    const width = widthOf(word);
    if (used > 0 && used + 1 + width > room) {
      lines.push([' '.repeat(indent)]);
      used = 0;
    }
    lines.at(-1)?.push(used > 0 ? ' ' : '', ...spansOf(word));
    used += used > 0 ? 1 + width : width;
  }
  return lines;
}
