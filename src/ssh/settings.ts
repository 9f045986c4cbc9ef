import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { RanchError } from '../domain/errors.ts';
import { errnoOf, messageOf } from './error-fields.ts';
import { appliesTo, type Directive, dependsOnName, readSshConfig } from './ssh-config.ts';

/** What ssh_config says of one host: keyword in lower case to its values, in order. */
export type Settings = ReadonlyMap<string, readonly string[]>;

/** Whom to ask about: what the inventory says of user and port goes before ssh_config. */
export interface Query {
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
}

/** Finds the user's own settings for a host. */
export type SettingsOf = (query: Query) => Promise<Settings>;

/** Lines that change how ranch connects; a configuration without any of them needs no ssh to be understood. */
const THAT_MATTER: readonly string[] = [
  'canonicaldomains',
  'canonicalizehostname',
  'connecttimeout',
  'globalknownhostsfile',
  'hostkeyalias',
  'hostname',
  'identitiesonly',
  'identityagent',
  'identityfile',
  'port',
  'proxycommand',
  'proxyjump',
  'user',
  'userknownhostsfile',
];

/** `ssh -G` processes at once: more only take the CPU from the handshakes. */
const MAX_PROCESSES = 4;

/** `ssh -G` may look names up (CanonicalizeHostname). */
const PROCESS_TIMEOUT_MS = 30_000;

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'] as const;

/** What OpenSSH does without any configuration. */
function defaults(query: Query): Settings {
  return new Map([
    ['hostname', [query.address]],
    ['user', [query.user ?? userInfo().username]],
    ['port', [String(query.port ?? 22)]],
    ['identityfile', DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name))],
  ]);
}

/** The reader for machines without an ssh client: `Host`, `Include`, first value wins. No `Match`, no tokens. */
function fromFile(directives: readonly Directive[], query: Query): Settings {
  const found = new Map<string, readonly string[]>();
  for (const { keyword, value } of directives.filter((one) => appliesTo(one, query.address))) {
    if (keyword === 'identityfile') found.set(keyword, [...(found.get(keyword) ?? []), value]);
    else if (!found.has(keyword)) found.set(keyword, [value]);
  }
  if (query.user !== undefined) found.set('user', [query.user]);
  if (query.port !== undefined) found.set('port', [String(query.port)]);
  return new Map([...defaults(query), ...found]);
}

/** Reads what `ssh -G` prints: a keyword and a value a line, repeated where there are several. */
export function parseSshG(text: string): Settings {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space === -1) continue;
    const keyword = line.slice(0, space);
    const values = found.get(keyword) ?? [];
    values.push(line.slice(space + 1));
    found.set(keyword, values);
  }
  return found;
}

async function askSsh(query: Query, file: string | undefined): Promise<Settings | undefined> {
  const args = [
    '-G',
    ...(file === undefined ? [] : ['-F', file]),
    ...(query.user === undefined ? [] : ['-l', query.user]),
    ...(query.port === undefined ? [] : ['-p', String(query.port)]),
    '--',
    query.address,
  ];
  try {
    const { stdout } = await promisify(execFile)('ssh', args, {
      timeout: PROCESS_TIMEOUT_MS,
      encoding: 'utf8',
    });
    return parseSshG(stdout);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new RanchError(
      {
        code: 'usage',
        place: query.address,
        message: `ssh does not understand its configuration: ${messageOf(error)}`,
        remedy: `Try \`ssh -G ${query.address}\` and mend what it names.`,
      },
      { cause: error },
    );
  }
}

/** Hosts of one class get the same answer from `ssh -G`, but for their name. */
function classOf(directives: readonly Directive[], query: Query): string {
  const given = `${query.user ?? ''} ${query.port ?? ''}`;
  if (directives.some(dependsOnName)) return `${given} ${query.address}`;
  return `${given} ${directives.map((one) => (appliesTo(one, query.address) ? '1' : '0')).join('')}`;
}

/**
 * Makes the resolver. `file` replaces the user's and the system's ssh_config, `none` leaves both out. A process costs
 * about 5 ms of CPU, so ssh is asked once per class of hosts that its `Host` lines tell apart, and not at all where the
 * configuration holds nothing that matters.
 */
export function settingsResolver(file: string | undefined): SettingsOf {
  const limit = pLimit(MAX_PROCESSES);
  const byClass = new Map<
    string,
    Promise<{ readonly asked: string; readonly settings: Settings | undefined }>
  >();
  const home = join(homedir(), '.ssh');
  const read = async (): Promise<readonly Directive[]> => {
    if (file === 'none') return [];
    if (file !== undefined) return readSshConfig(file, home);
    const both = [
      readSshConfig(join(home, 'config'), home),
      readSshConfig('/etc/ssh/ssh_config', '/etc/ssh'),
    ] as const;
    return (await Promise.all(both)).flat();
  };
  let directives: Promise<readonly Directive[]> | undefined;
  return async (query) => {
    directives ??= read().then((all) => all.filter((one) => THAT_MATTER.includes(one.keyword)));
    const relevant = await directives;
    if (relevant.length === 0) return defaults(query);
    const key = classOf(relevant, query);
    const known =
      byClass.get(key) ??
      limit(async () => ({ asked: query.address.toLowerCase(), settings: await askSsh(query, file) }));
    byClass.set(key, known);
    const { asked, settings } = await known;
    if (settings === undefined) return fromFile(relevant, query);
    return settings.get('hostname')?.[0] === asked
      ? new Map([...settings, ['hostname', [query.address]]])
      : settings;
  };
}
