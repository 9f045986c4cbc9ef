import { type KnownKey, namesHost } from './known-hosts.ts';

/** The lines of known_hosts files, found by name without reading them all. */
export interface KnownIndex {
  /** Lines whose name is hashed: each of them costs an HMAC (about 3 µs) to be compared with a name. */
  readonly hashed: number;
  /** Every line that speaks of `name`. */
  lines(name: string): readonly KnownKey[];
  /** Of the hashed lines only those that hold `key` (base64), of the others every one that speaks of `name`. */
  linesWith(name: string, key: string): readonly KnownKey[];
}

function grouped(entries: readonly KnownKey[], keysOf: (entry: KnownKey) => readonly string[]) {
  const groups = new Map<string, KnownKey[]>();
  for (const entry of entries) {
    for (const key of keysOf(entry)) {
      const group = groups.get(key) ?? [];
      group.push(entry);
      groups.set(key, group);
    }
  }
  return groups;
}

const isPlain = (entry: KnownKey): boolean =>
  entry.names.every((pattern) => pattern.kind === 'plain' && !pattern.negated);

const isHashed = (entry: KnownKey): boolean => entry.names.some((pattern) => pattern.kind === 'hashed');

/** Sorts lines by how they name their hosts. */
export function indexKnown(entries: readonly KnownKey[]): KnownIndex {
  const plain = grouped(entries.filter(isPlain), (entry) =>
    entry.names.flatMap((pattern) => (pattern.kind === 'plain' ? [pattern.text] : [])),
  );
  const hashed = entries.filter(isHashed);
  const byKey = grouped(hashed, (entry) => [entry.key]);
  const patterns = entries.filter((entry) => !isPlain(entry) && !isHashed(entry));
  const find = (name: string, candidates: readonly KnownKey[]): readonly KnownKey[] => [
    ...(plain.get(name.toLowerCase()) ?? []),
    ...[...patterns, ...candidates].filter((entry) => namesHost(entry, name)),
  ];
  return {
    hashed: hashed.length,
    lines: (name) => find(name, hashed),
    linesWith: (name, key) => find(name, byKey.get(key) ?? []),
  };
}
