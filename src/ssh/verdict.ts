import type { KnownKey } from './known-hosts.ts';

/** What known_hosts says of a key that a host showed. */
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'revoked'; readonly entry: KnownKey }
  | { readonly kind: 'changed'; readonly entry: KnownKey }
  | { readonly kind: 'unknown'; readonly authorityOnly: boolean };

/** The lines that speak of one host: under its own name, and (off port 22) under its name without the port. */
export interface KnownLines {
  readonly own: readonly KnownKey[];
  readonly portless: readonly KnownKey[];
}

/**
 * Judges a key (base64) by the lines that name its host. As OpenSSH does it: a revoked key is refused whatever else
 * stands there; off port 22 a line without the port can prove a key but not disprove it. Stricter than OpenSSH: a
 * host known by keys of other types only counts as changed, since ranch has asked for those types first.
 */
export function judge(lines: KnownLines, key: string): Verdict {
  const all = [...lines.own, ...lines.portless];
  const revoked = all.find((entry) => entry.marker === 'revoked' && entry.key === key);
  if (revoked) return { kind: 'revoked', entry: revoked };
  if (all.some((entry) => entry.marker === 'none' && entry.key === key)) return { kind: 'known' };
  const other = lines.own.find((entry) => entry.marker === 'none');
  if (other) return { kind: 'changed', entry: other };
  return { kind: 'unknown', authorityOnly: all.some((entry) => entry.marker === 'cert-authority') };
}
