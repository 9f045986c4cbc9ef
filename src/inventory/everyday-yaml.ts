import { afterSpaces, match, readValue, type Source } from './everyday-value.ts';
import type { Maker } from './makers.ts';
import type { PairNode } from './yaml-node.ts';

/** A name before its colon, as every name of ours is written. */
const KEY = /[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?=:(?:[ \n\r]|$))/y;

/** Indents up to this are everyday; it bounds the depth, since each level lies further right. */
const MAX_INDENT = 100;

/** The beginning of a file that says that it is YAML. */
const START = /---\r?\n/y;

/** How pairs are read that are not written in the everyday way: those of `[start, end)`; undefined for no way. */
export type Rescue = (start: number, end: number) => readonly PairNode[] | undefined;

/** A text being read, and the line it is read at. */
interface Reader<T, M extends T> extends Source<T, M> {
  readonly rescue: Rescue | undefined;
  readonly maxNodes: number;
  /** Where the line begins; the length of the text once there is none left. */
  line: number;
  /** Where its words begin. */
  content: number;
  /** Where the line after it begins. */
  next: number;
}

/** A reader, whatever is made of what it reads. */
type Lines = Omit<Reader<unknown, unknown>, 'maker'>;

function indentOf(reader: Lines): number {
  return reader.content - reader.line;
}

/** True where only spaces and a comment follow. `at` is behind something that a comment must be apart from. */
function endsAt(reader: Lines, at: number): boolean {
  const { text } = reader;
  const end = afterSpaces(text, at);
  const next = text[end];
  if (next === undefined || next === '\n') return true;
  if (next === '\r') return text[end + 1] === '\n';
  return next === '#' && end > at;
}

/** Goes to the next line that holds more than spaces and a comment. */
function advance(reader: Lines): void {
  const { text } = reader;
  while (reader.next < text.length) {
    reader.line = reader.next;
    const newline = text.indexOf('\n', reader.line);
    reader.next = newline === -1 ? text.length : newline + 1;
    reader.content = afterSpaces(text, reader.line);
    const first = text[reader.content];
    const blank = first === undefined || first === '\n' || first === '#';
    if (!blank && !(first === '\r' && text[reader.content + 1] === '\n')) return;
  }
  reader.line = text.length;
  reader.content = text.length;
}

function isOver(reader: Lines): boolean {
  return reader.line >= reader.text.length;
}

function isItem(reader: Lines): boolean {
  return reader.text.startsWith('- ', reader.content);
}

/** A value that ends its line, then on to the next line, which may not continue it. */
function readInline<T, M extends T>(reader: Reader<T, M>, at: number, indent: number): T | undefined {
  const read = readValue(reader, at);
  if (!read || !endsAt(reader, read.end)) return undefined;
  advance(reader);
  return isOver(reader) || indentOf(reader) <= indent ? read.value : undefined;
}

/** What stands below a name with nothing behind its colon. */
function readBelow<T, M extends T>(reader: Reader<T, M>, at: number, indent: number, depth: number) {
  advance(reader);
  if (!isOver(reader) && indentOf(reader) > indent) return readBlock(reader, depth + 1);
  if (!isOver(reader) && indentOf(reader) === indent && isItem(reader)) return readList(reader, depth + 1);
  reader.nodes += 1;
  return reader.maker.scalar(at, '', true, true);
}

/** Reads a name and what stands behind it into the map; false where that is not everyday. */
function readPair<T, M extends T>(reader: Reader<T, M>, map: M, depth: number): boolean {
  const { text, content: at, maker } = reader;
  const name = match(KEY, text, at);
  if (name === undefined || reader.nodes > reader.maxNodes) return false;
  const indent = indentOf(reader);
  const colon = at + name.length;
  reader.nodes += 1;
  const value = endsAt(reader, colon + 1)
    ? readBelow(reader, colon + 1, indent, depth)
    : readInline(reader, afterSpaces(text, colon + 1), indent);
  return value !== undefined && maker.add(map, at, name, value);
}

/** Leaves out the rest of a pair that is not everyday, up to the next name no further right; its pairs come from `rescue`. */
function rescued(reader: Lines, start: number, indent: number): readonly PairNode[] | undefined {
  reader.next = start;
  advance(reader);
  do advance(reader);
  while (
    !isOver(reader) &&
    (indentOf(reader) > indent || match(KEY, reader.text, reader.content) === undefined)
  );
  return reader.rescue?.(start, reader.line);
}

/**
 * What a pair of the two outer levels counts beside its nodes: a host is checked, put together and compared with all
 * the others, so 8,000 of one line cost as much as 5,000 of five.
 */
const OUTER_PAIR = 14;

/** Pairs of the ranch and of its hosts are rescued one by one: what is odd in one does not keep the others from being read. */
const OUTER_DEPTH = 1;

function readMap<T, M extends T>(reader: Reader<T, M>, depth: number): T | undefined {
  const indent = indentOf(reader);
  const map = reader.maker.map(reader.content);
  while (!isOver(reader) && indentOf(reader) === indent) {
    const { line } = reader;
    if (depth <= OUTER_DEPTH) reader.nodes += OUTER_PAIR;
    if (readPair(reader, map, depth)) continue;
    if (depth > OUTER_DEPTH || reader.nodes > reader.maxNodes) return undefined;
    const others = rescued(reader, line, indent);
    if (!others || !reader.maker.adopt(map, others)) return undefined;
  }
  reader.nodes += 1;
  return isOver(reader) || indentOf(reader) < indent ? map : undefined;
}

/** An item of a list: a value, or a map whose first name stands behind the dash. */
function readItem<T, M extends T>(reader: Reader<T, M>, indent: number, depth: number): T | undefined {
  const at = afterSpaces(reader.text, reader.content + 1);
  if (match(KEY, reader.text, at) === undefined) return readInline(reader, at, indent);
  reader.content = at;
  return readMap(reader, depth + 1);
}

function readList<T, M extends T>(reader: Reader<T, M>, depth: number): T | undefined {
  const at = reader.content;
  const indent = indentOf(reader);
  const items: T[] = [];
  while (!isOver(reader) && indentOf(reader) === indent && isItem(reader)) {
    const item = readItem(reader, indent, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
  }
  reader.nodes += 1;
  return isOver(reader) || indentOf(reader) <= indent ? reader.maker.list(at, items) : undefined;
}

function readBlock<T, M extends T>(reader: Reader<T, M>, depth: number): T | undefined {
  if (indentOf(reader) > MAX_INDENT) return undefined;
  return isItem(reader) ? readList(reader, depth) : readMap(reader, depth);
}

/** What reading in the everyday way gave. */
export type Everyday<T> =
  | { readonly kind: 'read'; readonly root: T }
  | { readonly kind: 'unusual' }
  /** More nodes than allowed, the first of them in the line that begins at `at`. */
  | { readonly kind: 'too-many'; readonly at: number };

/**
 * Reads a YAML text that is written as inventories are: names and values in lines, lists and maps on one line. With
 * `nodes` for a maker: what the `yaml` library would make of it, place for place, at a twentieth of the cost (a test
 * holds the two against each other); `unusual` for all else, and for what the maker has no use for. With a `rescue`,
 * odd pairs of the two outer levels are left to it. Bounded by `maxNodes`.
 */
export function readEveryday<T, M extends T>(
  text: string,
  maxNodes: number,
  maker: Maker<T, M>,
  rescue?: Rescue,
): Everyday<T> {
  const start = match(START, text, 0)?.length ?? 0;
  const place = { line: start, content: start, next: start };
  const reader: Reader<T, M> = { text, maker, rescue, maxNodes, nodes: 0, ...place };
  advance(reader);
  if (isOver(reader) || indentOf(reader) > 0 || isItem(reader)) return { kind: 'unusual' };
  const root = readMap(reader, 0);
  if (reader.nodes > maxNodes) return { kind: 'too-many', at: Math.min(reader.line, text.length) };
  return root !== undefined && isOver(reader) ? { kind: 'read', root } : { kind: 'unusual' };
}
