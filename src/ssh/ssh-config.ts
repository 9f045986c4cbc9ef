import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { errnoOf } from './error-fields.ts';
import { globRegex } from './known-hosts.ts';

/** For which hosts a line of ssh_config counts. */
type Scope = { readonly kind: 'host'; readonly patterns: readonly string[] } | { readonly kind: 'match' };

/** One line of an ssh_config, with every `Host` and `Match` it stands under. */
export interface Directive {
  /** In lower case. */
  readonly keyword: string;
  readonly value: string;
  readonly scopes: readonly Scope[];
}

/** As in OpenSSH, a bound on `Include` within `Include`, so that a file which includes itself comes to an end. */
const MAX_INCLUDE_DEPTH = 16;

const LINE = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/;

const unquote = (text: string): string => text.replace(/^"(.*)"$/, '$1');

async function included(pattern: string, base: string): Promise<readonly string[]> {
  const home = pattern.replace(/^~(?=\/)/, homedir());
  const path = isAbsolute(home) ? home : join(base, home);
  if (!/[*?]/.test(path)) return [path];
  const matches = globRegex(basename(path));
  try {
    const names = await readdir(dirname(path));
    return names
      .filter((name) => matches.test(name))
      .sort()
      .map((name) => join(dirname(path), name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Reads an ssh_config and what it includes. A missing file is an empty one. `base`: where relative includes are looked
 * up (`~/.ssh`, or `/etc/ssh` for the system's file).
 */
export async function readSshConfig(
  file: string,
  base: string,
  outer: readonly Scope[] = [],
  depth = 0,
): Promise<readonly Directive[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  const found: Directive[] = [];
  let scopes = outer;
  for (const line of text.split('\n')) {
    const [, word = '', rest = ''] = LINE.exec(line) ?? [];
    const keyword = word.toLowerCase();
    if (keyword === 'host') scopes = [...outer, { kind: 'host', patterns: rest.split(/\s+/).map(unquote) }];
    else if (keyword === 'match') scopes = [...outer, { kind: 'match' }];
    else if (keyword === 'include' && depth < MAX_INCLUDE_DEPTH) {
      for (const pattern of rest.split(/\s+/).map(unquote)) {
        for (const path of await included(pattern, base)) {
          found.push(...(await readSshConfig(path, base, scopes, depth + 1)));
        }
      }
    } else if (keyword !== '') found.push({ keyword, value: unquote(rest), scopes });
  }
  return found;
}

function inScope(scope: Scope, host: string): boolean {
  if (scope.kind === 'match') return false;
  const hits = scope.patterns.filter((pattern) => globRegex(pattern.replace(/^!/, '')).test(host));
  return hits.length > 0 && !hits.some((pattern) => pattern.startsWith('!'));
}

/** Whether a line counts for `host`; what stands under a `Match` never does, since only ssh itself can tell. */
export function appliesTo(directive: Directive, host: string): boolean {
  return directive.scopes.every((scope) => inScope(scope, host));
}

/** True where two hosts under the same `Host` lines can still differ: `Match`, tokens, canonical names. */
export function dependsOnName(directive: Directive): boolean {
  return (
    directive.scopes.some((scope) => scope.kind === 'match') ||
    directive.value.includes('%') ||
    directive.keyword.startsWith('canonical')
  );
}
