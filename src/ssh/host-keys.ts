import { readFile, stat } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import { errnoOf } from './error-fields.ts';
import { type Hop, knownName } from './hop.ts';
import { fingerprint, type KnownKey, keyType, namesHost, parseKnownHosts } from './known-hosts.ts';
import type { HostKeyCheck } from './link.ts';
import { judge, type KnownLines } from './verdict.ts';

/** In this order where nothing is known of a host: as OpenSSH, and none that relies on SHA-1. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** The type of key that an algorithm proves. */
function typeOf(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith('rsa-sha2') ? 'ssh-rsa' : algorithm;
}

function unreadable(path: string, error: unknown): RanchError {
  return new RanchError(
    {
      code: 'permission-denied',
      place: path,
      message: `known host keys cannot be read (${errnoOf(error)})`,
      remedy: 'Make the file readable for the user who runs ranch.',
    },
    { cause: error },
  );
}

interface KnownFile {
  /** Changes whenever the file does. */
  readonly state: string;
  readonly entries: Promise<readonly KnownKey[]>;
}

/**
 * Reads files of known hosts, each again only when it has changed: a daemon must see a key that was trusted or revoked
 * since it started. A missing file is an empty one.
 */
function fileReader(): (path: string) => Promise<readonly KnownKey[]> {
  const known = new Map<string, KnownFile>();
  return async (path) => {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const state = `${mtimeMs} ${size} ${ino}`;
      const found = known.get(path);
      if (found?.state === state) return await found.entries;
      const entries = readFile(path, 'utf8').then((text) => parseKnownHosts(text, path));
      known.set(path, { state, entries });
      return await entries;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw unreadable(path, error);
    }
  };
}

function refusal(hop: Hop, key: Buffer, lines: KnownLines): RanchError | undefined {
  const verdict = judge(lines, key.toString('base64'));
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const place = hop.name;
  switch (verdict.kind) {
    case 'known':
      return undefined;
    case 'revoked': {
      const where = `${verdict.entry.file}:${verdict.entry.line}`;
      return new RanchError({
        code: 'host-key-revoked',
        place,
        message: `its key ${shown} is revoked at ${where}`,
        remedy: 'Somebody may hold this key. Give the host a new one and record that.',
      });
    }
    case 'changed': {
      const where = `${verdict.entry.file}:${verdict.entry.line}`;
      return new RanchError({
        code: 'host-key-changed',
        place,
        message: `${knownName(hop)} shows the key ${shown}, but ${where} has a ${verdict.entry.type} key`,
        remedy: `Somebody may stand in between. If the host was set up anew, delete ${where} and run \`ranch trust ${place}\`.`,
      });
    }
    case 'unknown': {
      const authority = verdict.authorityOnly
        ? '; only a certificate authority is, which ranch cannot check'
        : '';
      return new RanchError({
        code: 'host-key-unknown',
        place,
        message: `the key of ${knownName(hop)} is not known: ${shown}${authority}`,
        remedy: `Compare the fingerprint, then run \`ranch trust ${place}\`.`,
      });
    }
  }
}

/** The keys that files of known hosts hold. */
export interface HostKeys {
  /** Reads what is needed to judge the key of a hop. Throws `permission-denied` for a file that cannot be read. */
  checkFor(hop: Hop): Promise<HostKeyCheck>;
}

/** `files`: looked at for every host, besides those that ssh_config names for it. */
export function hostKeysFrom(files: readonly string[]): HostKeys {
  const entriesOf = fileReader();
  return {
    async checkFor(hop) {
      const paths = [...new Set([...files, ...hop.knownHosts])];
      const entries = (await Promise.all(paths.map(entriesOf))).flat();
      const name = knownName(hop);
      const lines: KnownLines = {
        own: entries.filter((entry) => namesHost(entry, name)),
        portless: name === hop.address ? [] : entries.filter((entry) => namesHost(entry, hop.address)),
      };
      const types = new Set(lines.own.filter((entry) => entry.marker === 'none').map((entry) => entry.type));
      const known = ALGORITHMS.filter((algorithm) => types.has(typeOf(algorithm)));
      return {
        algorithms: [...known, ...ALGORITHMS.filter((algorithm) => !known.includes(algorithm))],
        check(key) {
          const error = refusal(hop, key, lines);
          if (error) throw error;
        },
      };
    },
  };
}
