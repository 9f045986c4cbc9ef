import { isHostName } from './names.ts';

/** A host that `~/.ssh/config` names. */
export interface SshConfigHost {
  readonly name: string;
  readonly address?: string;
  readonly user?: string;
  readonly port?: number;
  /** In the order of travel; empty for an explicit `none`. */
  readonly jump?: readonly string[];
  readonly identityFile?: string;
}

/** More hosts than anybody wants to be offered, and a bound on the work. */
const MAX_HOSTS = 1_000;

interface Line {
  readonly keyword: string;
  readonly words: readonly string[];
}

/** `Keyword value`, `Keyword=value`, `Keyword "a value" other`; undefined for comments and blank lines. */
function parseLine(line: string): Line | undefined {
  const match = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)$/.exec(line);
  const [, keyword, rest] = match ?? [];
  if (keyword === undefined || rest === undefined) return undefined;
  const words = [...rest.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const comment = words.findIndex((word) => word.startsWith('#'));
  return { keyword: keyword.toLowerCase(), words: comment === -1 ? words : words.slice(0, comment) };
}

/** Names without wildcards and negations that could stand in an inventory. */
function concrete(words: readonly string[]): readonly string[] {
  return words.some((word) => word.startsWith('!')) ? [] : words.filter(isHostName);
}

function jumpOf(value: string): readonly string[] {
  return value.toLowerCase() === 'none' ? [] : value.split(',').filter((hop) => hop !== '');
}

/** What one line says of a host; tokens (`%h`) are expanded where they mean its name, else the line is left to ssh. */
function fieldOf({ keyword, words }: Line, name: string): Partial<SshConfigHost> {
  const value = words[0];
  if (value === undefined) return {};
  switch (keyword) {
    case 'hostname': {
      const address = value.replaceAll('%h', name).replaceAll('%%', '%');
      return { address };
    }
    case 'user':
      return { user: value };
    case 'port':
      return /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) <= 65_535
        ? { port: Number(value) }
        : {};
    case 'proxyjump':
      return { jump: jumpOf(value) };
    case 'identityfile':
      return { identityFile: value };
    default:
      return {};
  }
}

/**
 * Concrete hosts of an OpenSSH client configuration, to be offered for a first inventory: no wildcards, no `Match`,
 * no `Include`. As ssh does it, the first value given for a host counts. Never throws.
 */
export function hostsFromSshConfig(text: string): readonly SshConfigHost[] {
  const hosts = new Map<string, SshConfigHost>();
  let current: readonly string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = parseLine(raw);
    if (!line) continue;
    if (line.keyword === 'host') current = concrete(line.words);
    else if (line.keyword === 'match') current = [];
    for (const name of current) {
      if (!hosts.has(name) && hosts.size >= MAX_HOSTS) continue;
      hosts.set(name, { ...fieldOf(line, name), ...(hosts.get(name) ?? { name }) });
    }
  }
  return [...hosts.values()];
}
