import { Buffer, isUtf8 } from 'node:buffer';
import type { Coordinate } from './coordinate.ts';
import { explode, holdsBreak, phextPieces, type ScrollRange } from './phext.ts';

/** A scroll that is in a file and that SQ would not keep when it loads it. */
export interface LostScroll {
  readonly coordinate: Coordinate;
  readonly bytes: number;
}

/** What SQ would make of a file. */
export interface Survey {
  /** A file that is not ends 0.5.2 at the first request, and newer ones serve it as an empty one. */
  readonly utf8: boolean;
  /** In coordinate order. */
  readonly scrolls: readonly ScrollRange[];
  /**
   * Breaks clamp at 999, so that a later scroll can come upon the place of an earlier one: only the later one stays, and
   * further breaks at the end wipe out the scroll they come upon.
   */
  readonly lost: readonly LostScroll[];
  /** Scrolls that are told before one of a lower coordinate; only clamping leads there. */
  readonly outOfOrder: number;
  /** SQ would write the file as it is. False for trailing breaks, an odd order, lost scrolls. */
  readonly exact: boolean;
  /** The whole file is one scroll, without a single break: a text that may not have been meant as a phext. */
  readonly plain: boolean;
  /** It begins with a byte order mark, which becomes a part of the first scroll. */
  readonly marked: boolean;
}

function isExact(bytes: Uint8Array, scrolls: readonly ScrollRange[]): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const views = scrolls.map(({ coordinate, start, end }) => ({
    coordinate,
    bytes: bytes.subarray(start, end),
  }));
  let at = 0;
  for (const piece of phextPieces(views)) {
    if (file.compare(piece, 0, piece.length, at, Math.min(at + piece.length, file.length)) !== 0)
      return false;
    at += piece.length;
  }
  return at === file.length;
}

/** Looks at a file as SQ would load it, in time linear in its size; copies nothing. */
export function survey(bytes: Uint8Array): Survey {
  const lost: LostScroll[] = [];
  const scrolls = explode(bytes, ({ coordinate, start, end }) =>
    lost.push({ coordinate, bytes: end - start }),
  );
  let highest = 0;
  let outOfOrder = 0;
  for (const { start } of scrolls) {
    if (start < highest) outOfOrder++;
    else highest = start;
  }
  return {
    utf8: isUtf8(bytes),
    scrolls,
    lost,
    outOfOrder,
    exact: isExact(bytes, scrolls),
    plain: !holdsBreak(bytes),
    marked: bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf,
  };
}
