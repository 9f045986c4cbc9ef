import type { YamlNode } from './yaml-node.ts';

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

/** A node and the place behind it. */
export interface Read {
  readonly node: YamlNode;
  readonly end: number;
}

/** What is read so far, and from what. */
export interface Source {
  readonly text: string;
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

function scalar(source: Source, at: number, text: string, plain: boolean): Read {
  source.nodes += 1;
  const end = at + text.length + (plain ? 0 : 2);
  return { node: { kind: 'scalar', at, text, plain, empty: false }, end };
}

function readList(source: Source, at: number, depth: number): Read | undefined {
  const { text } = source;
  const items: YamlNode[] = [];
  let next = afterSpaces(text, at + 1);
  while (text[next] !== ']' || items.length > 0) {
    const item = readValue(source, next, depth + 1);
    if (!item) return undefined;
    items.push(item.node);
    next = afterSpaces(text, item.end);
    if (text[next] === ']') break;
    if (text[next] !== ',') return undefined;
    next = afterSpaces(text, next + 1);
  }
  source.nodes += 1;
  return { node: { kind: 'list', at, items }, end: next + 1 };
}

function readMap(source: Source, at: number, depth: number): Read | undefined {
  const { text } = source;
  const pairs: { readonly key: YamlNode; readonly value: YamlNode }[] = [];
  let next = afterSpaces(text, at + 1);
  while (text[next] !== '}' || pairs.length > 0) {
    const name = match(FLOW_KEY, text, next);
    if (name === undefined) return undefined;
    const key = scalar(source, next, name, true);
    const value = readValue(source, afterSpaces(text, key.end + 1), depth + 1);
    if (!value) return undefined;
    pairs.push({ key: key.node, value: value.node });
    next = afterSpaces(text, value.end);
    if (text[next] === '}') break;
    if (text[next] !== ',') return undefined;
    next = afterSpaces(text, next + 1);
  }
  source.nodes += 1;
  return { node: { kind: 'map', at, pairs }, end: next + 1 };
}

/**
 * A value on one line: a word, a quoted text without escapes, a list or map of such. Undefined for anything that is
 * not written in the everyday way; that is no error, only work for the library.
 */
export function readValue(source: Source, at: number, depth = 0): Read | undefined {
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
