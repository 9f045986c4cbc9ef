import { type Line, lineWidth, type Span } from './line.ts';
import type { Ink, View } from './style.ts';
import { clip, textWidth } from './text-width.ts';
import { visible } from './visible.ts';

/** Columns of prose below which it is unreadable and the indent gives way. */
const LEAST_ROOM = 12;

interface Word {
  readonly text: string;
  readonly ink: Ink | undefined;
  /** True when a space stands before it. */
  readonly spaced: boolean;
}

function chopped(word: Word, room: number): readonly Word[] {
  const parts: Word[] = [];
  let rest = word.text;
  while (textWidth(rest) > room) {
    const part = clip(rest, room);
    if (part === '') break;
    parts.push({ ...word, text: part, spaced: parts.length === 0 && word.spaced });
    rest = rest.slice(part.length);
  }
  return [...parts, { ...word, text: rest, spaced: parts.length === 0 && word.spaced }];
}

function wordsOf(line: Line, view: View, room: number): readonly Word[] {
  const words: Word[] = [];
  for (const span of line) {
    const inkOf = typeof span === 'string' ? undefined : span.ink;
    const text = visible(typeof span === 'string' ? span : span.text, { ascii: view.style.ascii });
    text.split(' ').forEach((part, index) => {
      if (part !== '' || index > 0)
        words.push(...chopped({ text: part, ink: inkOf, spaced: index > 0 }, room));
    });
  }
  return words;
}

function spanOf(word: Word, first: boolean): Span {
  const text = word.spaced && !first ? ` ${word.text}` : word.text;
  return word.ink === undefined ? text : { text, ink: word.ink };
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
  const lines: Span[][] = cramped ? [[...lead], [' '.repeat(indent)]] : [[...lead]];
  let used = 0;
  for (const word of wordsOf(text, view, room)) {
    const width = textWidth(word.text) + (word.spaced && used > 0 ? 1 : 0);
    if (used > 0 && used + width > room) {
      lines.push([' '.repeat(indent)]);
      used = 0;
    }
    lines.at(-1)?.push(spanOf(word, used === 0));
    used += used === 0 ? textWidth(word.text) : width;
  }
  return lines;
}
