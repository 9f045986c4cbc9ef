import { excerpt } from '../../domain/excerpt.ts';
import type { Operation } from './history.ts';

/** What one `insert` of the check appends: no two are the same, and they can be told apart in a row. */
export function token(client: number, number: number): string {
  return `[${client}-${number}]`;
}

const TOKEN = /\[\d+-\d+\]/g;

interface Append {
  readonly text: string;
  readonly start: number;
  readonly end?: number;
}

/** One read of a scroll that is only ever appended to, in the pieces it is made of. */
interface Seen {
  readonly tokens: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** What is wrong with one read on its own. */
function judgeOne({ tokens, start, end }: Seen, appends: ReadonlyMap<string, Append>): string | undefined {
  const there = new Set(tokens);
  if (there.size < tokens.length) return 'an insert is there twice';
  for (const { text, end: done } of appends.values()) {
    if (done !== undefined && done < start && !there.has(text)) {
      return `${text} is lost, ${Math.max(1, Math.round(start - done))} ms after its insert was acknowledged`;
    }
  }
  let latest = Number.NEGATIVE_INFINITY;
  for (const text of tokens) {
    const append = appends.get(text);
    if (!append) return `"${excerpt(text, 24)}" is there, which nobody inserted`;
    if (append.start > end) return `${text} was read before it was inserted`;
    if (append.end !== undefined && append.end < latest) return `${text} stands behind a later insert`;
    latest = Math.max(latest, append.start);
  }
  return undefined;
}

/** Each read of such a scroll begins with all of any read that ended before it. */
function judgeGrowth(seen: readonly Seen[]): string | undefined {
  for (const [at, before] of seen.entries()) {
    for (const later of seen.slice(at + 1)) {
      const [short, long] = before.tokens.length <= later.tokens.length ? [before, later] : [later, before];
      if (!short.tokens.every((text, index) => long.tokens[index] === text))
        return 'two reads tell two orders';
      if (before.end < later.start && later.tokens.length < before.tokens.length) {
        return 'a later read gave less than an earlier one';
      }
    }
  }
  return undefined;
}

/**
 * Whether a scroll kept every `insert`: each acknowledged one is there once, in an order that can have been, and what
 * was read only ever grew. Undefined where that holds, else words about the first thing that does not. `operations` are
 * the inserts (of a `token` each) and reads of one coordinate, in the order of their start; it began empty.
 */
export function judgeAppended(operations: readonly Operation[]): string | undefined {
  const appends = new Map<string, Append>();
  const seen: Seen[] = [];
  for (const { action, start, end } of operations) {
    if (action.kind === 'insert') {
      appends.set(action.text, { text: action.text, start, ...(end === undefined ? {} : { end }) });
    }
    if (action.kind !== 'select' || end === undefined) continue;
    const tokens = action.text.match(TOKEN) ?? [];
    const rest = action.text.replace(TOKEN, '');
    if (rest !== '') return `"${excerpt(rest, 24)}" is there, which nobody inserted`;
    seen.push({ tokens, start, end });
  }
  for (const read of seen) {
    const wrong = judgeOne(read, appends);
    if (wrong !== undefined) return wrong;
  }
  return judgeGrowth(seen);
}
