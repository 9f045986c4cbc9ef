import { readFile, stat } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import { errnoOf } from './error-fields.ts';
import { type Hop, knownName } from './hop.ts';
import { fingerprint, type KnownKey, keyType, parseKnownHosts } from './known-hosts.ts';
import { indexKnown, type KnownIndex } from './known-index.ts';
import type { HostKeyCheck } from './link.ts';
import { judge, type KnownLines, type Verdict } from './verdict.ts';

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
  readonly index: Promise<KnownIndex>;
}

/**
 * Reads files of known hosts, each again only when it has changed: a daemon must see a key that was trusted or revoked
 * since it started. A missing file is an empty one.
 */
function fileReader(): (path: string) => Promise<KnownIndex> {
  const known = new Map<string, KnownFile>();
  return async (path) => {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const state = `${mtimeMs} ${size} ${ino}`;
      const found = known.get(path);
      if (found?.state === state) return await found.index;
      const index = readFile(path, 'utf8').then((text) => indexKnown(parseKnownHosts(text, path)));
      known.set(path, { state, index });
      return await index;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return indexKnown([]);
      throw unreadable(path, error);
    }
  };
}

function refusal(hop: Hop, key: Buffer, verdict: Verdict): RanchError | undefined {
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

/**
 * Up to so many hashed lines are compared with each host's name before it is connected to, to ask for the kind of key
 * that is known (1.5 ms). Beyond, with thousands of hosts, that would cost more than the connections themselves: then
 * only lines that hold the key a host shows are compared, and a host known by another kind of key is asked again.
 */
const EAGER_LINES = 500;

function asksAgain(hop: Hop): RanchError {
  return new RanchError({
    code: 'connection-lost',
    place: hop.name,
    message: 'the host showed another kind of key than the one that is known',
    remedy: 'Try again: ranch now asks for the kind that is known.',
  });
}

/** The keys that files of known hosts hold. */
export interface HostKeys {
  /** Reads what is needed to judge the key of a hop. Throws `permission-denied` for a file that cannot be read. */
  checkFor(hop: Hop): Promise<HostKeyCheck>;
}

function inOrder(known: readonly KnownKey[]): readonly ServerHostKeyAlgorithm[] {
  const types = new Set(known.filter((entry) => entry.marker === 'none').map((entry) => entry.type));
  const first = ALGORITHMS.filter((algorithm) => types.has(typeOf(algorithm)));
  return [...first, ...ALGORITHMS.filter((algorithm) => !first.includes(algorithm))];
}

/** `files`: looked at for every host, besides those that ssh_config names for it. */
export function hostKeysFrom(files: readonly string[]): HostKeys {
  const indexOf = fileReader();
  const askedAgain = new Set<string>();
  return {
    async checkFor(hop) {
      const paths = [...new Set([...files, ...hop.knownHosts])];
      const indexes = await Promise.all(paths.map(indexOf));
      const name = knownName(hop);
      const linesBy = (find: (index: KnownIndex, name: string) => readonly KnownKey[]): KnownLines => ({
        own: indexes.flatMap((index) => find(index, name)),
        portless: name === hop.address ? [] : indexes.flatMap((index) => find(index, hop.address)),
      });
      const hashed = indexes.reduce((sum, index) => sum + index.hashed, 0);
      const eager = hashed <= EAGER_LINES || askedAgain.has(name);
      const known = linesBy((index, wanted) => (eager ? index.lines(wanted) : index.linesWith(wanted, '')));
      return {
        algorithms: inOrder(known.own),
        check(key) {
          const text = key.toString('base64');
          const quick = judge(
            linesBy((index, wanted) => index.linesWith(wanted, text)),
            text,
          );
          if (quick.kind === 'known') return;
          const verdict = judge(
            linesBy((index, wanted) => index.lines(wanted)),
            text,
          );
          if (verdict.kind === 'changed' && verdict.entry.type !== keyType(key) && !eager) {
            askedAgain.add(name);
            throw asksAgain(hop);
          }
          const error = refusal(hop, key, verdict);
          if (error) throw error;
        },
      };
    },
  };
}
