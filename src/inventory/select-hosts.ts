import { RanchError } from '../domain/errors.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';
import { closest } from './closest.ts';
import { shown } from './safe-text.ts';

/** Which hosts are meant. Each entry may hold several names with commas between them. */
export interface Selection {
  readonly hosts?: readonly string[];
  readonly tags?: readonly string[];
}

function names(entries: readonly string[]): readonly string[] {
  const all = entries.flatMap((entry) => entry.split(',')).map((name) => name.trim());
  return [...new Set(all.filter((name) => name !== ''))];
}

/** Throws for the first of `wanted` that is not `known`. */
function mustKnow(
  code: 'no-such-host' | 'no-such-tag',
  wanted: readonly string[],
  known: ReadonlySet<string>,
  file: string,
): void {
  const unknown = wanted.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const told = unknown.map((name) => {
    const suggestion = closest(name, known);
    return suggestion === undefined ? shown(name) : `${shown(name)} (did you mean "${suggestion}"?)`;
  });
  const [what, list] = code === 'no-such-host' ? ['host', 'hosts'] : ['tag', 'tags'];
  const some = [...known].slice(0, 12).join(', ') || 'none';
  throw new RanchError({
    code,
    place: file,
    message: `no ${what} ${told.join(', ')} in this inventory`,
    remedy: `Name one of its ${list}: ${some}${known.size > 12 ? ', …' : ''}.`,
  });
}

/**
 * The hosts that are meant, in the order of the inventory: all of them when nothing is named. With hosts and tags, a
 * host must be named *and* carry one of the tags, so that a second condition only ever narrows. Throws `no-such-host`,
 * `no-such-tag` (also when no host that is named carries the tag).
 */
export function selectHosts(ranch: Ranch, selection: Selection): readonly HostSpec[] {
  const hosts = names(selection.hosts ?? []);
  const tags = names(selection.tags ?? []);
  mustKnow('no-such-host', hosts, new Set(ranch.hosts.map((host) => host.name)), ranch.file);
  mustKnow('no-such-tag', tags, new Set(ranch.hosts.flatMap((host) => host.tags)), ranch.file);
  const selected = ranch.hosts.filter(
    (host) =>
      (hosts.length === 0 || hosts.includes(host.name)) &&
      (tags.length === 0 || tags.some((tag) => host.tags.includes(tag))),
  );
  if (selected.length > 0) return selected;
  throw new RanchError({
    code: 'no-such-tag',
    place: ranch.file,
    message: `of the hosts that are named none carries ${tags.map(shown).join(' or ')}`,
    remedy: 'Name other hosts or other tags.',
  });
}
