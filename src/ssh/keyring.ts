import { readFile } from 'node:fs/promises';
import type { ParsedKey, utils } from 'ssh2';
import { errnoOf } from './error-fields.ts';
import { keyFacts } from './key-file.ts';
import type { Ask } from './options.ts';

/** One identity file, read once for all hosts. */
export type Identity =
  | { readonly kind: 'key'; readonly path: string; readonly key: ParsedKey; readonly publicKey: Buffer }
  | {
      readonly kind: 'encrypted';
      readonly path: string;
      readonly publicKey?: Buffer;
      /** Asks for the passphrase, the first time only; undefined when nobody can or will say it. */
      readonly unlock: () => Promise<ParsedKey | undefined>;
    }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'unusable'; readonly path: string; readonly reason: string };

/** Private keys, parsed once and shared by all connections. */
export interface Keyring {
  identity(path: string): Promise<Identity>;
}

type ParseKey = typeof utils.parseKey;

/** A wrong passphrase may be typed this often, as in OpenSSH's NumberOfPasswordPrompts. */
const PASSPHRASE_TRIES = 3;

function parsed(parseKey: ParseKey, text: string, passphrase?: string): ParsedKey | Error {
  const result: ParsedKey | Error | readonly ParsedKey[] = parseKey(text, passphrase);
  if (result instanceof Error) return result;
  const key = Array.isArray(result) ? result[0] : result;
  return key ?? new Error('the file holds no key');
}

async function unlock(
  parseKey: ParseKey,
  path: string,
  text: string,
  ask: Ask | undefined,
): Promise<ParsedKey | undefined> {
  if (ask === undefined) return undefined;
  for (let tries = 0; tries < PASSPHRASE_TRIES; tries++) {
    const again = tries === 0 ? '' : 'That was not it. ';
    const secret = await ask(`${again}Passphrase for ${path}: `);
    if (secret === undefined) return undefined;
    const key = parsed(parseKey, text, secret.reveal());
    if (!(key instanceof Error)) return key;
  }
  return undefined;
}

async function readIdentity(parseKey: ParseKey, path: string, ask: Ask | undefined): Promise<Identity> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    return errno === 'ENOENT' ? { kind: 'missing', path } : { kind: 'unusable', path, reason: errno };
  }
  const facts = keyFacts(text);
  if (facts.encrypted) {
    let once: Promise<ParsedKey | undefined> | undefined;
    const open = (): Promise<ParsedKey | undefined> => {
      once ??= unlock(parseKey, path, text, ask);
      return once;
    };
    return { kind: 'encrypted', path, unlock: open, ...(facts.publicKey && { publicKey: facts.publicKey }) };
  }
  const key = parsed(parseKey, text);
  if (key instanceof Error) return { kind: 'unusable', path, reason: key.message };
  return { kind: 'key', path, key, publicKey: key.getPublicSSH() };
}

/** Makes an empty keyring. `ask` is asked at most once a key, whatever the number of hosts. */
export function createKeyring(parseKey: ParseKey, ask: Ask | undefined): Keyring {
  const known = new Map<string, Promise<Identity>>();
  return {
    identity(path) {
      const found = known.get(path) ?? readIdentity(parseKey, path, ask);
      known.set(path, found);
      return found;
    },
  };
}
