import { existsSync } from 'node:fs';
import { heldNow, type Scrolls } from '../../checks/content/read.ts';
import { servedOf, withPhext } from '../../checks/content/server.ts';
import type { ScrollDifference } from '../../domain/content.ts';
import { RanchError } from '../../domain/errors.ts';
import type { HostSpec, Ranch } from '../../domain/ranch.ts';
import { differences } from '../../sq/differences.ts';
import type { MaintainContext } from '../maintain/context.ts';
import { readCandidate } from './candidate.ts';
import { withSubject } from './subject-for.ts';

/** One side of a comparison: a host, perhaps with a port, or a file on this machine. */
export type DiffSide =
  | { readonly kind: 'host'; readonly spec: HostSpec; readonly ports: readonly number[] }
  | { readonly kind: 'file'; readonly file: string };

/** What two sides do not share. */
export interface ContentDiff {
  readonly before: { readonly name: string; readonly scrolls: number };
  readonly after: { readonly name: string; readonly scrolls: number };
  readonly differences: readonly ScrollDifference[];
}

/** Takes a word for a host of the inventory (`HOST` or `HOST:PORT`), else for a file. Throws `no-such-host`. */
export function sideOf(ranch: Ranch, word: string): DiffSide {
  const [, name = word, port] = /^(.+?)(?::(\d{1,5}))?$/.exec(word) ?? [];
  const spec = ranch.hosts.find((host) => host.name === name);
  if (spec) return { kind: 'host', spec, ports: port === undefined ? [] : [Number(port)] };
  if (existsSync(word)) return { kind: 'file', file: word };
  throw new RanchError({
    code: 'no-such-host',
    place: ranch.file,
    message: `"${word}" is neither a host of the inventory nor a file`,
    remedy: 'Name two hosts (HOST or HOST:PORT), or a host and a phext file.',
  });
}

async function scrollsOfSide(
  context: MaintainContext,
  side: DiffSide,
  phext: string,
  expected: Scrolls,
): Promise<Scrolls> {
  if (side.kind === 'file') return (await readCandidate(side.file)).scrolls;
  return await withSubject(context, side.spec, phext, side.ports, async (subject) =>
    withPhext(await servedOf(subject), phext, context.clock, (server) => heldNow(server, expected)),
  );
}

function nameOf(side: DiffSide): string {
  return side.kind === 'file' ? side.file : [side.spec.name, ...side.ports].join(':');
}

/**
 * What the second side has otherwise than the first. Of the first host all is read, of the second only what differs from
 * that: SQ compares the hashes of all scrolls itself (`delta`), each time at one moment. Throws as `withPhext`.
 */
export async function diffContent(
  context: MaintainContext,
  [left, right]: readonly [DiffSide, DiffSide],
  phext: string,
): Promise<ContentDiff> {
  const before = await scrollsOfSide(context, left, phext, new Map());
  const after = await scrollsOfSide(context, right, phext, before);
  return {
    before: { name: nameOf(left), scrolls: before.size },
    after: { name: nameOf(right), scrolls: after.size },
    differences: differences(before, after),
  };
}
