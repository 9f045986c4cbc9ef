import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { keyVerdict } from '../../checks/content/content.ts';
import { asSha256, type Sha256 } from '../../domain/brand.ts';
import type { PhextState } from '../../domain/content.ts';
import { RanchError } from '../../domain/errors.ts';
import type { KeyScroll } from '../../domain/playbook.ts';
import { checksum } from '../../sq/checksum.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { byCoordinate } from '../../sq/differences.ts';
import { scrollsOf } from '../../sq/phext.ts';
import { type Survey, survey } from '../../sq/survey.ts';

/**
 * The largest phext that is deployed: sixty times the real CYOA. SQ holds all of it in memory, writes all of it at each
 * change, and answers nobody meanwhile; ranch holds it twice.
 */
export const MAX_PHEXT_BYTES = 256 * 1024 * 1024;

/** A phext on this machine that was read and found fit to be served. */
export interface Candidate {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly state: PhextState;
  readonly scrolls: ReadonlyMap<Coordinate, Uint8Array>;
  /** What SQ's `checksum` says of it. */
  readonly checksum: string;
  /** What SQ would change when it loads it, and what looks odd; in sentences. */
  readonly notes: readonly string[];
}

export function sha256Of(bytes: Uint8Array): Sha256 {
  const sha256 = asSha256(createHash('sha256').update(bytes).digest('hex'));
  if (!sha256) throw new Error('a digest is one');
  return sha256;
}

function invalid(file: string, message: string, remedy: string): RanchError {
  return new RanchError({ code: 'phext-invalid', place: file, message, remedy });
}

async function read(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw invalid(file, 'it is no file', 'Name a phext file.');
      if (stat.size > MAX_PHEXT_BYTES) {
        throw invalid(
          file,
          `it has ${stat.size} bytes, and ranch takes ${MAX_PHEXT_BYTES} at most`,
          'Split it into several phexts: SQ holds all of one in memory and writes all of it at each change.',
        );
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof RanchError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RanchError(
      { code: 'file-failed', place: file, message, remedy: 'Name a phext file that can be read.' },
      { cause },
    );
  }
}

function mustBePhext(file: string, { utf8, scrolls, lost }: Survey): void {
  if (!utf8) {
    throw invalid(
      file,
      'it is not UTF-8',
      'It is no phext: 0.5.2 would answer nothing any more after loading it.',
    );
  }
  if (scrolls.length === 0) {
    throw invalid(file, 'it holds no scroll', 'To empty a phext, delete its scrolls through SQ.');
  }
  const [first] = lost;
  if (first) {
    throw invalid(
      file,
      `SQ would lose ${lost.length} of its scrolls: at ${first.coordinate} ${first.bytes} bytes give way to what comes after them`,
      'A part of a coordinate is beyond 999, where SQ stops counting: move these scrolls.',
    );
  }
}

function notesOf({ exact, outOfOrder, plain, marked }: Survey): readonly string[] {
  return [
    ...(plain ? ['The file is one scroll without a single break: was it meant as a phext?'] : []),
    ...(marked ? ['It begins with a byte order mark, which becomes a part of its first scroll.'] : []),
    ...(outOfOrder > 0
      ? [`${outOfOrder} scrolls stand after one of a higher coordinate: SQ will write them in order.`]
      : []),
    ...(exact ? [] : ['SQ will write it otherwise than it is (breaks, order), with the same scrolls.']),
  ];
}

/** Bytes as a phext that can be served; `file` names them. Throws `phext-invalid`. */
export async function candidateOf(file: string, bytes: Uint8Array): Promise<Candidate> {
  const found = survey(bytes);
  mustBePhext(file, found);
  const scrolls = scrollsOf(bytes);
  return {
    file,
    bytes,
    state: { bytes: bytes.length, scrolls: scrolls.length, sha256: sha256Of(bytes) },
    scrolls: byCoordinate(scrolls),
    checksum: await checksum(scrolls),
    notes: notesOf(found),
  };
}

/** Reads a phext and looks at it as SQ would. Throws `file-failed`, `phext-invalid`. */
export async function readCandidate(file: string): Promise<Candidate> {
  return await candidateOf(file, await read(file));
}

/**
 * Holds a candidate against the key scrolls of a playbook: one that lacks them, or begins them otherwise, is another
 * content. A size that differs is a note. Throws `phext-invalid`.
 */
export function mustHoldKeys(candidate: Candidate, keys: readonly KeyScroll[]): Candidate {
  const notes: string[] = [...candidate.notes];
  for (const key of keys) {
    const verdict = keyVerdict(key, candidate.scrolls);
    const name = `the key scroll ${key.name ?? ''} at ${key.coordinate}`;
    if (verdict.severity === 'high') {
      const remedy = `${verdict.advice} Deploy the edition that is meant, or mend the playbook.`;
      throw invalid(candidate.file, `${name}: ${verdict.got}`, remedy);
    }
    if (!verdict.ok) notes.push(`${name}: ${verdict.got}. ${verdict.advice}`);
  }
  return { ...candidate, notes };
}
