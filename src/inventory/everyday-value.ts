import type { Maker } from './makers.ts';

/**
 * Words that mean the same in every place of a YAML text: no indicator stands first, none that could end or change
 * them stands inside. A colon only inside a word (`10.0.0.1:22`), spaces only between words.
 */
const PLAIN =
  /[A-Za-z0-9_./~\u0080-\uffff][\w./~@%+\-()'"!$&*=;\u0080-\uffff]*(?:(?::+| +)[\w./~@%+\-()'"!$&*=;\u0080-\uffff]+)*/y;

const DOUBLE = /"([^"\\\n\r]*)"/y;
const SINGLE = /'([^'\n\r]*)'/y;

/** A name before `: ` in a map on one line. */
const FLOW_KEY = /[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?=: )/y;

/** Lists and maps inside one another on one line; an inventory needs two. */
const MAX_DEPTH = 8;

/** A value and the place behind it. */
export interface Read<T> {
  readonly value: T;
  readonly end: number;
}

/** What is read so far, from what, and what is made of it. */
export interface Source<T, M extends T> {
  readonly text: string;
  readonly maker: Maker<T, M>;
  /** Nodes made: each costs time and memory until the whole is checked. */
  nodes: number;
}

/** The text that `pattern` (sticky) finds at `at`: its first group, or the whole. */
export function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found ? (found[1] ?? found[0]) : undefined;
}

/** The first place from `at` on that is no space. */
export function afterSpaces(text: string, at: number): number {
  let end = at;
  while (text[end] === ' ') end += 1;
  return end;
}

function scalar<T, M extends T>(source: Source<T, M>, at: number, text: string, plain: boolean) {
  source.nodes += 1;
  const value = source.maker.scalar(at, text, plain, false);
  return value === undefined ? undefined : { value, end: at + text.length + (plain ? 0 : 2) };
}

function readList<T, M extends T>(source: Source<T, M>, at: number, depth: number): Read<T> | undefined {
  const { text } = source;
  const items: T[] = [];
  let next = afterSpaces(text, at + 1);
  while (text[next] !== ']' || items.length > 0) {
    const item = readValue(source, next, depth + 1);
    if (!item) return undefined;
    items.push(item.value);
    next = afterSpaces(text, item.end);
    if (text[next] === ']') break;
    if (text[next] !== ',') return undefined;
    next = afterSpaces(text, next + 1);
  }
  source.nodes += 1;
  return { value: source.maker.list(at, items), end: next + 1 };
}

function readMap<T, M extends T>(source: Source<T, M>, at: number, depth: number): Read<T> | undefined {
  const { text, maker } = source;
  const map = maker.map(at);
  let next = afterSpaces(text, at + 1);
  for (let pairs = 0; text[next] !== '}' || pairs > 0; pairs++) {
    const name = match(FLOW_KEY, text, next);
    if (name === undefined) return undefined;
    source.nodes += 1;
    const value = readValue(source, afterSpaces(text, next + name.length + 1), depth + 1);
    if (!value || !maker.add(map, next, name, value.value)) return undefined;
    next = afterSpaces(text, value.end);
    if (text[next] === '}') break;
    if (text[next] !== ',') return undefined;
    next = afterSpaces(text, next + 1);
  }
  source.nodes += 1;
  return { value: map, end: next + 1 };
}

/**
 * A value on one line: a word, a quoted text without escapes, a list or map of such. Undefined for anything that is
 * not written in the everyday way; that is no error, only work for the library.
 */
export function readValue<T, M extends T>(source: Source<T, M>, at: number, depth = 0): Read<T> | undefined {
  const first = source.text[at];
  if (first === '[') return depth < MAX_DEPTH ? readList(source, at, depth) : undefined;
  if (first === '{') return depth < MAX_DEPTH ? readMap(source, at, depth) : undefined;
  if (first === '"' || first === "'") {
    const quoted = match(first === '"' ? DOUBLE : SINGLE, source.text, at);
    return quoted === undefined ? undefined : scalar(source, at, quoted, false);
  }
  const plain = match(PLAIN, source.text, at);
  return plain === undefined ? undefined : scalar(source, at, plain, true);
}
