import type { HttpReply, HttpRequest } from '../domain/http.ts';
import { checksum } from './checksum.ts';
import type { Coordinate } from './coordinate.ts';
import { movedScrolls, scrollHashes } from './moved.ts';
import { type Delta, parseChecksum, parseDelta, parsePhext } from './replies.ts';
import { checksumRequest, deltaRequest, getRequest, type Target } from './requests.ts';

/** What holding SQ's memory of a phext against its file came to. */
export type Compared =
  /** The same; without a checksum where clients wrote at each look, and all that they wrote came to the disk. */
  | { readonly kind: 'same'; readonly checksum?: string }
  | { readonly kind: 'other'; readonly inMemory: string; readonly onDisk: string }
  /** Under one checksum, which SQ takes of what it would write: see `movedScrolls`. */
  | { readonly kind: 'moved'; readonly count: number }
  /** Clients wrote at each look, and so many scrolls of the file were the same old ones at each. */
  | { readonly kind: 'behind'; readonly count: number }
  /** The file is gone, or ends within a character: SQ is not asked for it, which would end some builds. */
  | { readonly kind: 'cut' };

/** How often a busy server is looked at. Two looks tell nearly always; a client that goes to and fro takes more. */
const LOOKS = 8;

type Apart = ReadonlyMap<Coordinate, string | undefined>;

/** The scrolls that memory has otherwise than the file, each with what the file has there. */
function apartIn({ differing, missing }: Delta, onDisk: ReadonlyMap<Coordinate, string>): Apart {
  const places = [...differing.map(({ coordinate }) => coordinate), ...missing];
  return new Map(places.map((at) => [at, onDisk.get(at)]));
}

/** Those that were apart before as well while the file stood still there: what SQ writes comes to the file at once. */
function stillApart(before: Apart | undefined, now: Apart): Apart {
  if (!before) return now;
  return new Map(Array.from(now).filter(([at, hash]) => before.has(at) && before.get(at) === hash));
}

/**
 * Holds what a server of 0.5.2 or newer has in memory against its file. SQ on a disk that takes no write answers 200, and
 * memory alone has the text. `target` is the phext it holds: asked for another one it would let go; never for the `toc`,
 * which ends some builds, nor for a file of which `whole` says that it is cut off. Clients may write all the while.
 */
export async function memoryAndDisk(
  ask: (request: HttpRequest) => Promise<HttpReply>,
  target: Target,
  place: string,
  whole: () => Promise<boolean>,
): Promise<Compared> {
  let apart: Apart | undefined;
  for (let look = 0; look < LOOKS; look++) {
    // A file that is being written is cut off for a moment.
    if (!(await whole())) continue;
    const before = parseChecksum(await ask(checksumRequest(target)), place);
    const file = parsePhext(await ask(getRequest(target)), place);
    const hashes = await scrollHashes(file);
    const delta = parseDelta(await ask(deltaRequest(target, hashes)), place);
    const quiet = parseChecksum(await ask(checksumRequest(target)), place) === before;
    const onDisk = await checksum(file);
    const equal = quiet && onDisk === before;
    const count = movedScrolls(delta);
    if (equal && count === 0) return { kind: 'same', checksum: before };
    const again = apart !== undefined;
    apart = stillApart(apart, apartIn(delta, hashes));
    if (apart.size === 0) return { kind: 'same' };
    // Once is not enough: a client that writes and deletes again leaves memory as it was, with another file in between.
    if (quiet && again) return equal ? { kind: 'moved', count } : { kind: 'other', inMemory: before, onDisk };
  }
  return apart ? { kind: 'behind', count: apart.size } : { kind: 'cut' };
}
