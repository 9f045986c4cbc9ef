import { isAlias, isMap, isScalar, isSeq, Scalar } from 'yaml';

/** A word or number. `at` counts UTF-16 units from the beginning of the text, as all places here do. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: number;
  readonly text: string;
  /** False for a quoted text, which is never taken for a number, a truth or nothing. */
  readonly plain: boolean;
  /** True for a value that is not written out: `user:` and nothing behind it. */
  readonly empty: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly (YamlNode | undefined)[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: number;
  readonly pairs: readonly PairNode[];
}

/** An alias, which the guard refuses: it stands for nothing. */
export interface AliasNode {
  readonly kind: 'alias';
  readonly at: number;
}

export interface PairNode {
  readonly key: YamlNode | undefined;
  readonly value: YamlNode | undefined;
}

/** What a YAML text says and where each part stands: all that is kept of it, whichever way it was read. */
export type YamlNode = ScalarNode | ListNode | MapNode | AliasNode;

/** The text of a key; undefined for one that is not a word. */
export function keyText(pair: PairNode): string | undefined {
  return pair.key?.kind === 'scalar' ? pair.key.text : undefined;
}

/** A node that the library composed from a piece of a text that begins at `shift`; undefined where there is none. */
export function fromLibrary(node: unknown, shift: number): YamlNode | undefined {
  if (isScalar(node)) {
    const at = (node.range?.[0] ?? 0) + shift;
    const text = String(node.value ?? '');
    const empty = node.range?.[0] === node.range?.[1];
    return { kind: 'scalar', at, text, plain: node.type === Scalar.PLAIN, empty };
  }
  if (isMap(node)) {
    const pairs = node.items.map((pair) => ({
      key: fromLibrary(pair.key, shift),
      value: fromLibrary(pair.value, shift),
    }));
    return { kind: 'map', at: (node.range?.[0] ?? 0) + shift, pairs };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => fromLibrary(item, shift));
    return { kind: 'list', at: (node.range?.[0] ?? 0) + shift, items };
  }
  return isAlias(node) ? { kind: 'alias', at: (node.range?.[0] ?? 0) + shift } : undefined;
}
