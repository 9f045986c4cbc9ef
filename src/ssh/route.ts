import { homedir, userInfo } from 'node:os';
import { RanchError } from '../domain/errors.ts';
import type { HostSpec } from '../domain/ranch.ts';
import type { Hop } from './hop.ts';
import { CONNECT_TIMEOUT_MS, type SshOptions } from './options.ts';
import type { Query, Settings, SettingsOf } from './settings.ts';

/** The way to a host: jump hosts in the order of travel, the host itself last. */
export type Route = readonly [...jumps: Hop[], target: Hop];

/** A way longer than this is a mistake, such as two jump hosts that name each other in ssh_config. */
const MAX_HOPS = 8;

/** What is known of a machine before ssh_config is asked. */
interface Place extends Query {
  readonly name: string;
  readonly identityFile?: string;
  /** Jumps that the inventory names; undefined leaves it to ssh_config. */
  readonly jump?: readonly string[];
}

const first = (settings: Settings, keyword: string): string | undefined => settings.get(keyword)?.[0];

/** Puts in the tokens of ssh_config(5) that name a file or an agent. */
function expand(
  text: string,
  hop: { readonly address: string; readonly port: number; readonly user: string },
): string {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: homedir(),
    h: hop.address,
    p: String(hop.port),
    r: hop.user,
    u: userInfo().username,
  };
  return text
    .replace(/^~(?=\/|$)/, homedir())
    .replaceAll(/%(.)/g, (whole, token: string) => tokens[token] ?? whole)
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '');
}

/** Where the agent listens; undefined for none. */
function agentOf(settings: Settings, options: SshOptions): string | undefined {
  const said = options.agent ?? first(settings, 'identityagent') ?? 'SSH_AUTH_SOCK';
  if (said === 'none') return undefined;
  if (said === 'SSH_AUTH_SOCK') return process.env['SSH_AUTH_SOCK'];
  return said.startsWith('$') && !said.startsWith('${') ? process.env[said.slice(1)] : said;
}

/** `[user@]address[:port]`, an IPv6 address in brackets, with or without `ssh://`. */
export function parseJump(text: string): Query | undefined {
  const match = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s[\]]+))(?::(\d{1,5}))?$/.exec(
    text.trim(),
  );
  const address = match?.[2] ?? match?.[3];
  if (!match || address === undefined || address.startsWith('-')) return undefined;
  return {
    address,
    ...(match[1] !== undefined && { user: match[1] }),
    ...(match[4] !== undefined && { port: Number(match[4]) }),
  };
}

function badJump(name: string, message: string): RanchError {
  return new RanchError({
    code: 'inventory-invalid',
    place: name,
    message,
    remedy:
      'Name a host of the inventory or `[user@]address[:port]` in `jump`, or mend ProxyJump in ssh_config.',
  });
}

function hopOf(place: Place, settings: Settings, options: SshOptions): Hop {
  const address = first(settings, 'hostname') ?? place.address;
  const port = Number(first(settings, 'port') ?? 22);
  const user = first(settings, 'user') ?? userInfo().username;
  const fill = (text: string): string => expand(text, { address, port, user });
  const seconds = Number(first(settings, 'connecttimeout') ?? Number.NaN);
  const alias = first(settings, 'hostkeyalias');
  const agent = agentOf(settings, options);
  const files = ['userknownhostsfile', 'globalknownhostsfile'].flatMap((keyword) =>
    (first(settings, keyword) ?? '').split(/\s+/).filter((path) => path !== '' && path !== 'none'),
  );
  return {
    name: place.name,
    address,
    port,
    user,
    identityFiles: (place.identityFile === undefined
      ? (settings.get('identityfile') ?? [])
      : [place.identityFile]
    ).map(fill),
    identitiesOnly: place.identityFile !== undefined || first(settings, 'identitiesonly') === 'yes',
    knownHosts: files.map(fill),
    connectTimeoutMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : CONNECT_TIMEOUT_MS,
    ...(alias !== undefined && { hostKeyAlias: alias }),
    ...(agent !== undefined && agent !== '' && { agent: fill(agent) }),
  };
}

function placeOfHost(host: HostSpec): Place {
  return {
    name: host.name,
    address: host.address,
    ...(host.jump.length > 0 && { jump: host.jump }),
    ...(host.user !== undefined && { user: host.user }),
    ...(host.port !== undefined && { port: host.port }),
    ...(host.identityFile !== undefined && { identityFile: host.identityFile }),
  };
}

function placeOfJump(text: string, options: SshOptions, from: string): Place {
  const host = options.ranch.hosts.find((one) => one.name === text);
  if (host) return placeOfHost(host);
  const query = parseJump(text);
  if (!query) throw badJump(from, `${JSON.stringify(text)} is no jump host`);
  return { ...query, name: text };
}

function jumpsOf(place: Place, settings: Settings): readonly string[] {
  if (place.jump !== undefined) return place.jump;
  const said = first(settings, 'proxyjump');
  return said === undefined || said === 'none' ? [] : said.split(',');
}

const keyOf = ({ user, address, port }: Query): string => `${user ?? ''}@${address}:${port ?? ''}`;

/**
 * Finds the way to a host. Of several jump hosts only the first is reached by a way of its own, as with `ssh -J`.
 * A host that ssh_config sends through itself (`Host *` with a ProxyJump) is reached directly.
 */
export async function routeTo(host: HostSpec, settingsOf: SettingsOf, options: SshOptions): Promise<Route> {
  const walk = async (place: Place, seen: readonly string[]): Promise<Route> => {
    const settings = await settingsOf(place);
    const command = first(settings, 'proxycommand');
    if (command !== undefined && command !== 'none' && place.jump === undefined) {
      throw badJump(place.name, 'ssh_config reaches it by a ProxyCommand, which ranch does not run');
    }
    const target = hopOf(place, settings, options);
    if (seen.length > MAX_HOPS)
      throw badJump(host.name, `more than ${MAX_HOPS} jump hosts: ${seen.join(', ')}`);
    const [nearest, ...further] = jumpsOf(place, settings).map((text) =>
      placeOfJump(text, options, place.name),
    );
    const passed = [...seen, keyOf(place)];
    if (nearest === undefined || passed.includes(keyOf(nearest))) return [target];
    const before = await walk(nearest, [...passed, ...further.map(keyOf)]);
    const between = await Promise.all(further.map(async (one) => hopOf(one, await settingsOf(one), options)));
    return [...before, ...between, target];
  };
  return walk(placeOfHost(host), []);
}
