import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import { isSafe, shown } from './safe-text.ts';
import type { Refusal } from './yaml-guard.ts';

/** What a YAML text says, as plain data. Maps have no prototype, so that no name is special. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap;

export interface PlainMap {
  [key: string]: Plain;
}

/** Digits that a double holds exactly; longer ones stay text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const NULL = /^(?:~|null|Null|NULL)?$/;

/** A name that JavaScript would take for something else. */
const RESERVED = '__proto__';

/** A plain scalar by YAML 1.2's core schema, without hexadecimal, octal and exponents: those stay text. */
function fromPlainScalar(text: string): Plain {
  if (NUMBER.test(text)) return Number(text);
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  return NULL.test(text) ? null : text;
}

/** True for a map. */
export function isPlainMap(value: Plain | undefined): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a node begins; 0 for a node that was not parsed. */
export function offsetOf(node: unknown): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range?.[0] ?? 0;
}

/** The text of a key; undefined for one that is not a word. */
export function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined;
}

type Refuse = (refusal: Refusal) => void;

function readScalar(node: Scalar, refuse: Refuse): Plain {
  const text = String(node.value ?? '');
  if (!isSafe(text)) {
    refuse({
      offset: offsetOf(node),
      message: `${shown(text)} holds a control or invisible character; remove it`,
    });
  }
  return node.type === Scalar.PLAIN ? fromPlainScalar(text) : text;
}

/** The key of a pair, if it may be one and is the first of its name. */
function readKey(pair: Pair, seen: ReadonlySet<string>, refuse: Refuse): string | undefined {
  const key = keyText(pair);
  const offset = offsetOf(pair.key);
  if (key === undefined) {
    if (!isAlias(pair.key))
      refuse({ offset, message: 'a list or map as a name is refused; allowed: a word' });
    return undefined;
  }
  if (key === '<<') {
    refuse({ offset, message: 'a YAML merge key (<<) is refused; write the fields out, or use "defaults"' });
    return undefined;
  }
  if (key === RESERVED || !isSafe(key)) {
    refuse({ offset, message: `${shown(key)} is refused as a name` });
    return undefined;
  }
  if (!seen.has(key)) return key;
  refuse({ offset, message: `${shown(key)} stands here twice; only one may stay` });
  return undefined;
}

function readMap(items: readonly Pair[], refuse: Refuse): PlainMap {
  const map: PlainMap = Object.create(null);
  const seen = new Set<string>();
  for (const pair of items) {
    const key = readKey(pair, seen, refuse);
    if (key === undefined) continue;
    seen.add(key);
    const value = toPlain(pair.value, refuse);
    if (value !== undefined) map[key] = value;
  }
  return map;
}

/**
 * A composed YAML node as plain data. Duplicate, merge and odd keys go to `refuse` and are left out; aliases are left
 * out silently, since the guard has told of them.
 */
export function toPlain(node: Node | unknown, refuse: Refuse): Plain | undefined {
  if (isAlias(node)) return undefined;
  if (isScalar(node)) return readScalar(node, refuse);
  if (isMap(node)) return readMap(node.items, refuse);
  if (isSeq(node)) return node.items.map((item) => toPlain(item, refuse) ?? null);
  return null;
}
