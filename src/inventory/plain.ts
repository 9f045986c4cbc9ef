import { isSafe, shown } from './safe-text.ts';
import type { Refusal } from './yaml-guard.ts';
import { keyText, type PairNode, type ScalarNode, type YamlNode } from './yaml-node.ts';

/** What a YAML text says, as plain data. Maps have no prototype, so that no name is special. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap;

export interface PlainMap {
  [key: string]: Plain;
}

/**
 * A map that inherits nothing. An object without a prototype would be that as well, and a hash table to the engine: dear
 * to make and to read. This one has a prototype, which is empty.
 */
class EmptyMap implements PlainMap {
  [key: string]: Plain;
}
Object.setPrototypeOf(EmptyMap.prototype, null);
Reflect.deleteProperty(EmptyMap.prototype, 'constructor');

/** A map with nothing in it, and nothing inherited. */
export function emptyMap(): PlainMap {
  return new EmptyMap();
}

/** How everything begins that is not text. */
const NO_TEXT = /^(?:[-\d~tTfFnN]|$)/;
/** Digits that a double holds exactly; longer ones stay text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const NULL = /^(?:~|null|Null|NULL)?$/;

/** A name that JavaScript would take for something else. */
const RESERVED = '__proto__';

/** A plain scalar by YAML 1.2's core schema, without hexadecimal, octal and exponents: those stay text. */
export function fromPlainScalar(text: string): Plain {
  if (!NO_TEXT.test(text)) return text;
  if (NUMBER.test(text)) return Number(text);
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  return NULL.test(text) ? null : text;
}

/** True for a map. */
export function isPlainMap(value: Plain | undefined): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Refuse = (refusal: Refusal) => void;

function readScalar({ at, text, plain }: ScalarNode, refuse: Refuse): Plain {
  if (!isSafe(text)) {
    refuse({ offset: at, message: `${shown(text)} holds a control or invisible character; remove it` });
  }
  return plain ? fromPlainScalar(text) : text;
}

/** The key of a pair, if it may be one and is the first of its name. */
function readKey(pair: PairNode, seen: ReadonlySet<string>, refuse: Refuse): string | undefined {
  const key = keyText(pair);
  const offset = pair.key?.at ?? 0;
  if (key === undefined) {
    if (pair.key?.kind !== 'alias')
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

function readMap(pairs: readonly PairNode[], refuse: Refuse): PlainMap {
  const map = emptyMap();
  const seen = new Set<string>();
  for (const pair of pairs) {
    const key = readKey(pair, seen, refuse);
    if (key === undefined) continue;
    seen.add(key);
    const value = toPlain(pair.value, refuse);
    if (value !== undefined) map[key] = value;
  }
  return map;
}

/**
 * A YAML node as plain data. Duplicate, merge and odd keys go to `refuse` and are left out; aliases are left out
 * silently, since the guard has told of them.
 */
export function toPlain(node: YamlNode | undefined, refuse: Refuse): Plain | undefined {
  switch (node?.kind) {
    case 'scalar':
      return readScalar(node, refuse);
    case 'map':
      return readMap(node.pairs, refuse);
    case 'list':
      return node.items.map((item) => toPlain(item, refuse) ?? null);
    case 'alias':
      return undefined;
    case undefined:
      return null;
  }
}
