import { Buffer } from 'node:buffer';
import type { ScrollDifference } from '../../domain/content.ts';
import type { Finding } from '../../domain/finding.ts';
import type { KeyScroll } from '../../domain/playbook.ts';
import { broken, held, type Verdict } from '../../domain/verdict.ts';
import { asCoordinate } from '../../sq/coordinate.ts';
import { byCoordinate, summaryOf } from '../../sq/differences.ts';
import { scrollsOf } from '../../sq/phext.ts';
import { parsePhext } from '../../sq/replies.ts';
import { getRequest } from '../../sq/requests.ts';
import { finding, type Place, unasked } from '../finding.ts';
import { unsavedReason } from '../on-disk.ts';
import type { CheckPorts, Subject } from '../subject.ts';
import { latencyOf, type ReadThrough, readThrough, type Scrolls } from './read.ts';
import { type PhextServer, servedOf, whyNotAsked, withPhext } from './server.ts';

/** The users' own goal for reads under load, in milliseconds. */
const FAST_ENOUGH_MS = 200;
/** Coordinates that one line names; `content diff` names all. */
const NAMED = 5;

/** What a host's phext is held against. */
export interface ContentWish {
  readonly phext: string;
  /** What it must be, and what that is called; left out: its own file on the host's disk. */
  readonly expected?: { readonly name: string; readonly scrolls: Scrolls };
  readonly keyScrolls: readonly KeyScroll[];
}

/** The first few of many, in words. */
export function named(coordinates: readonly string[]): string {
  const more = coordinates.length - NAMED;
  return coordinates.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** `3 changed (1.1.1/…), 1 removed (…)`; what is of one kind stands together. */
export function tally(found: readonly ScrollDifference[]): string {
  const kinds = ['added', 'changed', 'removed'] as const;
  return kinds
    .flatMap((kind) => {
      const of = found.filter((one) => one.kind === kind).map(({ coordinate }) => coordinate);
      return of.length === 0 ? [] : [`${of.length} ${kind} (${named(of)})`];
    })
    .join(', ');
}

/** A key scroll as it is held. */
export function keyVerdict(key: KeyScroll, scrolls: Scrolls): Verdict {
  const coordinate = asCoordinate(key.coordinate);
  const bytes = coordinate && scrolls.get(coordinate);
  if (!bytes) {
    return broken('high', 'it is not there', 'Look whether the content is whole: `ranch content diff`.');
  }
  const got = `${bytes.length} bytes, begins "${summaryOf(bytes)}"`;
  const begins = Buffer.from(key.begins);
  if (Buffer.compare(bytes.subarray(0, begins.length), begins) !== 0) {
    return broken('high', got, `It should begin "${key.begins}": another content is served.`);
  }
  if (key.bytes === undefined || key.bytes === bytes.length) return held(got);
  const advice = `The playbook says ${key.bytes} bytes: another edition, or somebody wrote it.`;
  return broken('medium', got, advice);
}

/** The key scrolls, each a finding. */
export function keyFindings(at: Place, keys: readonly KeyScroll[], scrolls: Scrolls): readonly Finding[] {
  return keys.map((key) =>
    finding(
      at,
      `content key ${key.name ?? key.coordinate}`,
      `the scroll at ${key.coordinate}, beginning "${key.begins}"`,
      keyVerdict(key, scrolls),
    ),
  );
}

/** Whether each coordinate comes through the API as it is held. */
export function readVerdict({ held: scrolls, misread, written }: ReadThrough): Verdict {
  if (misread.length > 0) {
    return broken(
      'critical',
      `${misread.length} of ${scrolls.size} come otherwise than SQ holds them: ${named(misread)}`,
      'Do not trust this build of SQ: read the phext out (`ranch content rescue`) and compare.',
    );
  }
  const meanwhile = written.length > 0 ? `, ${written.length} written meanwhile (${named(written)})` : '';
  return held(`${scrolls.size} scrolls, each as it is held${meanwhile}`);
}

/** How long lookups took, `READS_AT_ONCE` at once; a slow one is told and does not fail a check. */
export function lookupVerdict(times: readonly number[]): Verdict {
  const { medianMs, p95Ms } = latencyOf(times);
  const got = `${times.length} lookups: median ${medianMs.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms, several at once`;
  if (p95Ms <= FAST_ENOUGH_MS) return held(got);
  return broken('info', got, `Over ${FAST_ENOUGH_MS} ms: look at the load of the host (\`ranch load\`).`);
}

function sameVerdict(
  { differences, held: scrolls }: ReadThrough,
  wish: ContentWish,
  unsaved: string | undefined,
): Verdict {
  if (unsaved !== undefined) {
    const advice =
      'Read it out (`ranch content rescue`) before anything stops SQ: its disk does not hold it.';
    return broken('critical', unsaved, advice);
  }
  if (differences.length === 0) return held(`${scrolls.size} scrolls, each the same`);
  const got = `${scrolls.size} scrolls; to what is expected ${tally(differences)}`;
  if (!wish.expected) return held(`${got}: written since its file was read`);
  return broken(
    'high',
    got,
    'Clients wrote there, or it is another edition: `ranch content diff` names all, `content deploy` replaces it.',
  );
}

interface Expected {
  readonly scrolls: Scrolls;
  /** Why memory is not what the disk has. */
  readonly unsaved?: string;
}

/** What a phext is held against; where no file is given, its own on the host, which must be what SQ holds. */
async function expectedOf({ ask, target, place, whole }: PhextServer, wish: ContentWish): Promise<Expected> {
  if (wish.expected) return wish.expected;
  const unsaved = await unsavedReason(ask, target, place, whole);
  if (unsaved !== undefined) return { scrolls: new Map(), unsaved };
  return { scrolls: byCoordinate(scrollsOf(parsePhext(await ask(getRequest(target)), place))) };
}

/**
 * Holds a phext of a running instance against a file, or against its own file on the host: what is held, every coordinate
 * read through the API, the key scrolls, how long lookups take. Never throws for what a host or SQ does.
 */
export async function checkContent(
  subject: Subject,
  wish: ContentWish,
  { clock, signal }: CheckPorts,
): Promise<readonly Finding[]> {
  const { spec, instance, place } = subject;
  const at = { host: spec.name, port: instance.port };
  const asked = `that it serves ${wish.phext} as ${wish.expected?.name ?? 'its file on the host has it'}`;
  const why = whyNotAsked(subject);
  if (why !== undefined) {
    const advice = 'Roll out 0.5.2 or newer, and name its phext in the inventory.';
    return [finding(at, 'content', asked, broken('low', `not verified through the API: ${why}`, advice))];
  }
  const started = clock.monotonic();
  try {
    return await withPhext(await servedOf(subject), wish.phext, clock, async (server) => {
      const { scrolls, unsaved } = await expectedOf(server, wish);
      const read = await readThrough(server, scrolls, signal);
      const tookMs = clock.monotonic() - started;
      return [
        finding(at, 'content', asked, sameVerdict(read, wish, unsaved)),
        finding(at, 'content read', 'every coordinate through the API', readVerdict(read), tookMs),
        finding(at, 'content lookup', 'how long a lookup takes', lookupVerdict(read.times)),
        ...keyFindings(at, wish.keyScrolls, read.held),
      ];
    });
  } catch (error) {
    signal?.throwIfAborted();
    return [finding(at, 'content', asked, unasked('critical', error, place), clock.monotonic() - started)];
  }
}
