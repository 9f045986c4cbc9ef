import { Buffer } from 'node:buffer';
import { xxhash128 } from 'hash-wasm';
import { type Coordinate, compareCoordinates, coordinateParts, LARGEST_PART, ORIGIN } from './coordinate.ts';

/** A scroll as a range of the bytes it was found in: nothing is copied. */
export interface ScrollRange {
  readonly coordinate: Coordinate;
  /** First byte. */
  readonly start: number;
  /** One past the last byte; equal to `start` for an empty scroll. */
  readonly end: number;
}

/** A scroll with its own bytes. */
export interface Scroll {
  readonly coordinate: Coordinate;
  readonly bytes: Uint8Array;
}

/** The delimiter of each dimension, largest first, in the order of a coordinate's parts. */
export const BREAKS: readonly number[] = [0x01, 0x1f, 0x1e, 0x1d, 0x1c, 0x1a, 0x19, 0x18, 0x17];

const DIMENSIONS = BREAKS.length;

/** Dimension by byte, plus one; 0 for bytes that are text (0x1B among them). All delimiters are below 0x20. */
const DIMENSION_OF = new Uint8Array(0x20);
for (const [dimension, byte] of BREAKS.entries()) DIMENSION_OF[byte] = dimension + 1;

/** The dimension that a byte breaks, 0 for library; undefined for text and beyond the end. */
function dimensionOf(byte: number | undefined): number | undefined {
  const plusOne = byte === undefined || byte >= 0x20 ? 0 : (DIMENSION_OF[byte] ?? 0);
  return plusOne === 0 ? undefined : plusOne - 1;
}

/** Whether text would fall apart into several scrolls. */
export function holdsBreak(bytes: Uint8Array): boolean {
  return nextBreak(bytes, 0) < bytes.length;
}

/** Where the first delimiter at or after `from` is; the length when there is none. */
function nextBreak(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  for (let at = from; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 && DIMENSION_OF[byte] !== 0) return at;
  }
  return length;
}

/** Moves over one delimiter: its dimension advances (never beyond 999), all lower ones start again at 1. */
function advance(parts: number[], dimension: number): void {
  const next = (parts[dimension] ?? 1) + 1;
  parts[dimension] = Math.min(next, LARGEST_PART);
  for (let lower = dimension + 1; lower < DIMENSIONS; lower++) parts[lower] = 1;
}

/** Parts that only ever came from `advance`, so that their range needs no check. */
function named(p: readonly number[]): Coordinate {
  return `${p[0]}.${p[1]}.${p[2]}/${p[3]}.${p[4]}.${p[5]}/${p[6]}.${p[7]}.${p[8]}` as Coordinate;
}

/**
 * Splits a phext into its scrolls as SQ does when it loads a file: one pass, no copy, in coordinate order, empty ones
 * left out. Where clamping at 999 puts two scrolls on one coordinate the later one stays.
 */
export function explode(bytes: Uint8Array): readonly ScrollRange[] {
  const found = new Map<Coordinate, ScrollRange>();
  const parts = new Array<number>(DIMENSIONS).fill(1);
  let start = 0;
  let tail: Coordinate | undefined;
  while (start < bytes.length) {
    const end = nextBreak(bytes, start);
    if (end > start) {
      const coordinate = named(parts);
      found.set(coordinate, { coordinate, start, end });
      tail = undefined;
    }
    if (end === bytes.length) break;
    advance(parts, dimensionOf(bytes[end]) ?? 0);
    start = end + 1;
    // SQ takes breaks without text at the end for one empty scroll, just after the first of them: at 999, where that
    // is no new place, it wipes out the scroll before.
    if (tail === undefined && dimensionOf(bytes[start]) !== undefined) tail = named(parts);
  }
  if (tail !== undefined) found.delete(tail);
  return inOrder(Array.from(found.values()));
}

/** Sorts by coordinate; what is in order already, as every file that SQ wrote is, costs one comparison each. */
function inOrder<T extends { readonly coordinate: Coordinate }>(scrolls: readonly T[]): readonly T[] {
  const sorted = scrolls.every((scroll, index) => {
    const before = scrolls[index - 1];
    return before === undefined || compareCoordinates(before.coordinate, scroll.coordinate) < 0;
  });
  return sorted ? scrolls : scrolls.toSorted((a, b) => compareCoordinates(a.coordinate, b.coordinate));
}

/** The scrolls of a phext with their bytes, which are views into it. */
export function scrollsOf(bytes: Uint8Array): readonly Scroll[] {
  return explode(bytes).map(({ coordinate, start, end }) => ({
    coordinate,
    bytes: bytes.subarray(start, end),
  }));
}

/** The delimiters that lead from one coordinate to a later one. */
function pathBetween(from: readonly number[], to: readonly number[]): number[] {
  const path: number[] = [];
  let level = 0;
  while (level < DIMENSIONS && from[level] === to[level]) level++;
  for (let dimension = level; dimension < DIMENSIONS; dimension++) {
    const base = dimension === level ? (from[dimension] ?? 1) : 1;
    for (let part = base; part < (to[dimension] ?? 1); part++) path.push(BREAKS[dimension] ?? 0);
  }
  return path;
}

/**
 * The phext that holds the given scrolls: sorted by coordinate, empty ones dropped, as SQ writes its file. Of two
 * with one coordinate the later one stays.
 */
export function implode(scrolls: Iterable<Scroll>): Uint8Array {
  const kept = new Map<Coordinate, Scroll>();
  for (const scroll of scrolls) kept.set(scroll.coordinate, scroll);
  const pieces: Uint8Array[] = [];
  let here = coordinateParts(ORIGIN);
  for (const { coordinate, bytes } of inOrder(Array.from(kept.values()))) {
    if (bytes.length === 0) continue;
    const there = coordinateParts(coordinate);
    pieces.push(Uint8Array.from(pathBetween(here, there)), bytes);
    here = there;
  }
  return Buffer.concat(pieces);
}

/**
 * What SQ's `checksum` says of a phext: xxh3-128, 32 hex digits, of its scrolls imploded again. So a file that SQ did
 * not write (trailing breaks, an odd order) can have the checksum of another file.
 */
export async function checksum(phext: Uint8Array | Iterable<Scroll>): Promise<string> {
  return await hashScroll(implode(phext instanceof Uint8Array ? scrollsOf(phext) : phext));
}

/** The checksum of one scroll's bytes, as `delta` compares them. */
export async function hashScroll(bytes: Uint8Array): Promise<string> {
  return await xxhash128(bytes);
}
