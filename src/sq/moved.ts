import { hashScroll } from './checksum.ts';
import type { Coordinate } from './coordinate.ts';
import { scrollsOf } from './phext.ts';
import type { Delta } from './replies.ts';

/** The checksum of every scroll of a phext, by its coordinate: what `deltaRequest` is given. */
export async function scrollHashes(phext: Uint8Array): Promise<ReadonlyMap<Coordinate, string>> {
  const hashes = new Map<Coordinate, string>();
  for (const { coordinate, bytes } of scrollsOf(phext)) hashes.set(coordinate, await hashScroll(bytes));
  return hashes;
}

/**
 * How many scrolls SQ holds elsewhere than its file does, from its delta to the file's own hashes. Up to 0.5.2 a scroll
 * that was given an empty text makes SQ write all that stand behind it at other coordinates, under the same checksum; one
 * entry more in `status` than the file has scrolls gives it away. Where they are is not told: the answer is written as
 * wrongly as the file.
 */
export function movedScrolls({ differing, missing }: Delta): number {
  return Math.max(differing.length, missing.length);
}

/** What a person does about it. */
export const MOVED_REMEDY =
  'A scroll was emptied by an empty text, which SQ up to 0.5.2 writes wrongly: `delete` it (it is before those that moved), so that SQ writes its file right.';
