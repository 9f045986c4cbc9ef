import pLimit from 'p-limit';
import type { ContentPreview, PhextState } from '../../domain/content.ts';
import { ERROR_CODES, EXIT, RanchError, troubleOf } from '../../domain/errors.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import { byCoordinate, differences } from '../../sq/differences.ts';
import { scrollsOf } from '../../sq/phext.ts';
import { type MaintainContext, visit } from '../maintain/context.ts';
import { type Candidate, candidateOf, sha256Of } from './candidate.ts';
import { currentFile, keptFile } from './current.ts';
import { type ContentPlace, findPlace, mustKnowPrimary } from './place.ts';

/** Hosts that are looked at at once. */
const LOOKS_AT_ONCE = 8;

/** What is to be put in place: a file of this machine, or what the last deploy on each host replaced. */
export type ContentSource =
  | { readonly kind: 'file'; readonly candidate: Candidate }
  | { readonly kind: 'kept' };

/** What is meant by a deploy or a rollback. */
export interface ContentOrder {
  /** Without `.phext`. */
  readonly phext: string;
  readonly ports: readonly number[];
  readonly source: ContentSource;
}

/** What comes to one host: `candidate` undefined where there will be no such phext; `folder` where it is kept there. */
export interface Coming {
  readonly candidate: Candidate | undefined;
  readonly folder?: string;
}

/** A preview, with what it would take to carry it out. */
export interface Previewed {
  readonly spec: HostSpec;
  readonly preview: ContentPreview;
  readonly coming?: Coming;
}

/** What the last deploy of that phext replaced. Throws `no-such-backup`. */
async function lastKept(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  place: ContentPlace,
  phext: string,
): Promise<Coming> {
  const { binary, instance } = place.chosen;
  const all = await maintainShell(shell, spec, context.signal).contents(binary, instance.dataDir, phext);
  // What was taken back because it did not hold is kept as well, and never comes back by itself.
  const kept = all.find(({ folder }) => !folder.endsWith('-undeploy'));
  if (!kept) {
    throw new RanchError({
      code: 'no-such-backup',
      place: `${spec.name}:${instance.port}`,
      message: `no deploy of ${phext} is known there that could be rolled back`,
      remedy: 'Deploy the content that you want, or restore a backup (`ranch restore`).',
    });
  }
  const bytes = await keptFile(context, shell, spec, place, phext, kept);
  const name = `${kept.folder}/${phext}.phext on ${spec.name}`;
  return { candidate: bytes && (await candidateOf(name, bytes)), folder: kept.folder };
}

function stateOf(bytes: Uint8Array): PhextState {
  return { bytes: bytes.length, scrolls: scrollsOf(bytes).length, sha256: sha256Of(bytes) };
}

function notesOf(
  { chosen, primary, notAsked }: ContentPlace,
  phext: string,
  coming: Coming,
): readonly string[] {
  const down = chosen.running ? ['SQ is stopped at a quiet moment and started on it.'] : [];
  const asked =
    notAsked !== undefined
      ? [`It will not be verified through the API: ${notAsked}.`]
      : primary === phext
        ? []
        : [`SQ holds ${primary} in memory: it lets go of it while ${phext} is verified, and holds it again.`];
  return [...(coming.candidate?.notes ?? ['The phext will be removed.']), ...down, ...asked];
}

/** Looks at one host over an open connection. Throws what `findPlace` throws. */
export async function previewPlace(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  order: ContentOrder,
): Promise<Previewed> {
  const { phext, ports, source } = order;
  const place = await findPlace(context, shell, spec, phext, ports);
  mustKnowPrimary(spec, place, phext);
  const coming: Coming =
    source.kind === 'file'
      ? { candidate: source.candidate }
      : await lastKept(context, shell, spec, place, phext);
  const now = await currentFile(context, shell, spec, place, phext);
  const at = { host: spec.name, port: place.chosen.instance.port };
  const before = now && stateOf(now);
  const after = coming.candidate?.state;
  if (before?.sha256 === after?.sha256) {
    return { spec, coming, preview: { kind: 'same', ...at, ...(before ? { now: before } : {}) } };
  }
  return {
    spec,
    coming,
    preview: {
      kind: 'change',
      ...at,
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
      differences: differences(
        byCoordinate(now ? scrollsOf(now) : []),
        coming.candidate?.scrolls ?? new Map(),
      ),
      notes: notesOf(place, phext, coming),
    },
  };
}

async function previewOne(context: MaintainContext, spec: HostSpec, order: ContentOrder): Promise<Previewed> {
  try {
    return await visit(context, spec, (shell) => previewPlace(context, shell, spec, order));
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!(error instanceof RanchError) || error.code === 'internal') throw error;
    const host = spec.name;
    if (spec.expect === 'absent' && ERROR_CODES[error.code] === EXIT.unreachable) {
      return { spec, preview: { kind: 'absent', host } };
    }
    return { spec, preview: { kind: 'refused', host, trouble: troubleOf(error, host) } };
  }
}

/** What an order would do to each host; changes nothing. A host on which it cannot be done is told, never thrown. */
export async function previewContent(
  context: MaintainContext,
  hosts: readonly HostSpec[],
  order: ContentOrder,
): Promise<readonly Previewed[]> {
  const limit = pLimit(LOOKS_AT_ONCE);
  return await Promise.all(hosts.map((spec) => limit(() => previewOne(context, spec, order))));
}
