import { emptyMap, fromPlainScalar, type Plain, type PlainMap } from './plain.ts';
import { isSafe } from './safe-text.ts';
import type { PairNode, YamlNode } from './yaml-node.ts';

/** What a reader makes of what it reads: a `T` for each value; `M` is a map that is being filled. */
export interface Maker<T, M extends T> {
  /** Undefined for a text that this maker has no use for. */
  scalar(at: number, text: string, plain: boolean, empty: boolean): T | undefined;
  list(at: number, items: readonly T[]): T;
  map(at: number): M;
  /** A name of the map, at its place, and its value; false where this maker has no use for it. */
  add(map: M, at: number, name: string, value: T): boolean;
  /** Pairs that somebody else has read. */
  adopt(map: M, pairs: readonly PairNode[]): boolean;
}

interface OpenMap {
  readonly kind: 'map';
  readonly at: number;
  readonly pairs: PairNode[];
}

/** Nodes, each with its place: what a problem is told by. */
export const nodes: Maker<YamlNode, OpenMap> = {
  scalar: (at, text, plain, empty) => ({ kind: 'scalar', at, text, plain, empty }),
  list: (at, items) => ({ kind: 'list', at, items }),
  map: (at) => ({ kind: 'map', at, pairs: [] }),
  add: ({ pairs }, at, text, value) => {
    pairs.push({ key: { kind: 'scalar', at, text, plain: true, empty: false }, value });
    return true;
  },
  adopt: ({ pairs }, others) => {
    for (const other of others) pairs.push(other);
    return true;
  },
};

/** Plain data, of a text in which nothing has to be refused: a fifth of the memory, and no second pass. */
export const data: Maker<Plain, PlainMap> = {
  // What is not quoted has none of the characters that a file may hold and a value may not.
  scalar: (_at, text, plain) => (plain ? fromPlainScalar(text) : isSafe(text) ? text : undefined),
  list: (_at, items) => items,
  map: emptyMap,
  add: (map, _at, name, value) => {
    if (name in map) return false;
    map[name] = value;
    return true;
  },
  adopt: () => false,
};
