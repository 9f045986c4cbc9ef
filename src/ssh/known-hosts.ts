import { createHash, createHmac } from 'node:crypto';

/** One usable line of a known_hosts file. */
export interface KnownKey {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  readonly names: readonly NamePattern[];
  /** `ssh-ed25519`, `ssh-rsa`, ... */
  readonly type: string;
  /** The public key, base64 of its SSH encoding, as it stands in the file. */
  readonly key: string;
}

type NamePattern =
  | { readonly kind: 'plain'; readonly text: string; readonly negated: boolean }
  | { readonly kind: 'glob'; readonly regex: RegExp; readonly negated: boolean }
  | { readonly kind: 'hashed'; readonly salt: Buffer; readonly hash: string };

const MARKERS: Readonly<Record<string, KnownKey['marker']>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

/** `*` and `?` as OpenSSH takes them; everything else stands for itself. */
export function globRegex(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
}

function namePattern(text: string): NamePattern | undefined {
  if (text.startsWith('|')) {
    const [, version, salt, hash] = text.split('|');
    if (version !== '1' || salt === undefined || hash === undefined) return undefined;
    return { kind: 'hashed', salt: Buffer.from(salt, 'base64'), hash };
  }
  const negated = text.startsWith('!');
  const bare = (negated ? text.slice(1) : text).toLowerCase();
  if (/[*?]/.test(bare)) return { kind: 'glob', regex: globRegex(bare), negated };
  return { kind: 'plain', text: bare, negated };
}

function parseLine(text: string, file: string, line: number): KnownKey | undefined {
  const fields = text.trim().split(/\s+/);
  const first = fields[0] ?? '';
  if (first === '' || first.startsWith('#')) return undefined;
  const marker = first.startsWith('@') ? MARKERS[first] : 'none';
  // A marker nobody knows says something about the key that is not understood: never take the key for good.
  if (marker === undefined) return undefined;
  const [names, type, key] = marker === 'none' ? fields : fields.slice(1);
  if (names === undefined || type === undefined || key === undefined) return undefined;
  // Protocol 1 lines have numbers here; they are of no use any more.
  if (/^\d+$/.test(type)) return undefined;
  const patterns = names.split(',').map(namePattern);
  return { file, line, marker, type, key, names: patterns.filter((pattern) => pattern !== undefined) };
}

/** Reads the text of a known_hosts file; lines that are not understood are left out. */
export function parseKnownHosts(text: string, file: string): readonly KnownKey[] {
  return text
    .split('\n')
    .map((line, index) => parseLine(line, file, index + 1))
    .filter((entry) => entry !== undefined);
}

function patternMatches(pattern: NamePattern, name: string): boolean {
  switch (pattern.kind) {
    case 'plain':
      return pattern.text === name;
    case 'glob':
      return pattern.regex.test(name);
    case 'hashed':
      return createHmac('sha1', pattern.salt).update(name).digest('base64') === pattern.hash;
  }
}

/** Whether a line speaks of `name` (`host` or `[host]:port`). A negated pattern that matches wins. */
export function namesHost(entry: KnownKey, name: string): boolean {
  const lower = name.toLowerCase();
  const hits = entry.names.filter((pattern) => patternMatches(pattern, lower));
  return hits.length > 0 && !hits.some((pattern) => pattern.kind !== 'hashed' && pattern.negated);
}

/** The key's fingerprint as OpenSSH prints it: `SHA256:` and base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The algorithm a public key names itself in its first field; empty when it is no SSH public key. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return '';
  const length = key.readUInt32BE(0);
  return length > 64 || key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length);
}
