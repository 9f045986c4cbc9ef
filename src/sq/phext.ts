import { Buffer } from 'node:buffer';
import { type Coordinate, compareParts, coordinateParts, LARGEST_PART, ORIGIN } from './coordinate.ts';

/** A scroll as a range of the bytes it was found in: nothing is copied. */
export interface ScrollRange {
  readonly coordinate: Coordinate;
  /** First byte. */
  readonly start: number;
  /** One past the last byte. */
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

/** Dimension by byte, plus one; 0 for bytes that are text (0x1B among them). */
const DIMENSION_OF = new Uint8Array(0x100);
for (const [dimension, byte] of BREAKS.entries()) DIMENSION_OF[byte] = dimension + 1;

function isBreak(byte: number | undefined): boolean {
  return byte !== undefined && DIMENSION_OF[byte] !== 0;
}

/** Whether text would fall apart into several scrolls. */
export function holdsBreak(bytes: Uint8Array): boolean {
  return breakFinder(bytes)(0) < bytes.length;
}

/**
 * Gives where the first delimiter at or after a place is, or the length; ask with places that only grow. It keeps the
 * next place of each delimiter and searches with Buffer's `indexOf`, a third of the time of a loop over bytes.
 */
function breakFinder(bytes: Uint8Array): (from: number) => number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places = new Array<number>(DIMENSIONS).fill(-1);
  return (from) => {
    if (isBreak(buffer[from])) return from;
    let nearest = buffer.length;
    for (let dimension = 0; dimension < DIMENSIONS; dimension++) {
      let place = places[dimension] ?? -1;
      if (place < from) {
        const found = buffer.indexOf(BREAKS[dimension] ?? 0, from);
        place = found < 0 ? buffer.length : found;
        places[dimension] = place;
      }
      if (place < nearest) nearest = place;
    }
    return nearest;
  };
}

/**
 * Moves over a run of delimiters from `from`, not beyond `to`; returns where it ends. Each advances its dimension
 * (never beyond 999), and all lower ones start again at 1. One tight loop: the real CYOA has 71,680 delimiters.
 */
function cross(bytes: Uint8Array, from: number, to: number, parts: number[]): number {
  for (let at = from; at < to; at++) {
    const plusOne = DIMENSION_OF[bytes[at] ?? 0] ?? 0;
    if (plusOne === 0) return at;
    const part = parts[plusOne - 1] ?? 1;
    if (part < LARGEST_PART) parts[plusOne - 1] = part + 1;
    for (let lower = plusOne; lower < DIMENSIONS; lower++) parts[lower] = 1;
  }
  return to;
}

/** Parts that only ever came from `cross`, so that their range needs no check. */
function named(p: readonly number[]): Coordinate {
  return `${p[0]}.${p[1]}.${p[2]}/${p[3]}.${p[4]}.${p[5]}/${p[6]}.${p[7]}.${p[8]}` as Coordinate;
}

/**
 * Splits a phext into its scrolls as SQ does when it loads a file: one pass, no copy, in coordinate order, empty ones
 * left out. Where clamping at 999 puts two scrolls on one coordinate the later one stays; `onLost` is told of the other.
 */
export function explode(bytes: Uint8Array, onLost?: (scroll: ScrollRange) => void): readonly ScrollRange[] {
  const found = new Map<Coordinate, Placed<ScrollRange>>();
  const parts = new Array<number>(DIMENSIONS).fill(1);
  const nextBreak = breakFinder(bytes);
  const length = bytes.length;
  let start = 0;
  while (start < length) {
    const end = nextBreak(start);
    if (end > start) {
      const coordinate = named(parts);
      const before = onLost && found.get(coordinate);
      if (before) onLost(before.scroll);
      found.set(coordinate, { scroll: { coordinate, start, end }, parts: parts.slice() });
    }
    const second = cross(bytes, end, Math.min(end + 1, length), parts);
    const here = isBreak(bytes[second]) ? named(parts) : undefined;
    start = cross(bytes, second, length, parts);
    // SQ takes further breaks at the end for one empty scroll, just after the first of them: at 999, where that is no
    // new place, it wipes out the scroll before.
    if (start === length && here !== undefined) {
      const wiped = found.get(here);
      if (wiped) onLost?.(wiped.scroll);
      found.delete(here);
    }
  }
  return inOrder(Array.from(found.values())).map(({ scroll }) => scroll);
}

/** A scroll with the numbers of its coordinate, so that they are read once. */
interface Placed<T> {
  readonly scroll: T;
  readonly parts: readonly number[];
}

/** Sorts by coordinate; what is in order already, as every file that SQ wrote is, costs one comparison each. */
function inOrder<T>(placed: Placed<T>[]): readonly Placed<T>[] {
  const sorted = placed.every(
    ({ parts }, index) => index === 0 || compareParts(placed[index - 1]?.parts ?? [], parts) < 0,
  );
  return sorted ? placed : placed.sort((a, b) => compareParts(a.parts, b.parts));
}

/** The scrolls of a phext with their bytes, which are views into it. */
export function scrollsOf(bytes: Uint8Array): readonly Scroll[] {
  return explode(bytes).map(({ coordinate, start, end }) => ({
    coordinate,
    bytes: bytes.subarray(start, end),
  }));
}

/** The delimiters that lead from one coordinate, in numbers, to a later one. */
export function pathBetween(from: readonly number[], to: readonly number[]): Uint8Array {
  const path: number[] = [];
  let higher = true;
  for (let dimension = 0; dimension < DIMENSIONS; dimension++) {
    const goal = to[dimension] ?? 1;
    let part = higher ? (from[dimension] ?? 1) : 1;
    if (part !== goal) higher = false;
    for (; part < goal; part++) path.push(BREAKS[dimension] ?? 0);
  }
  return Buffer.from(path);
}

/**
 * The pieces of the phext that holds the given scrolls, in order: delimiters, text, delimiters, text ... Sorted by
 * coordinate, empty scrolls dropped; of two with one coordinate the later one stays.
 */
export function* phextPieces(scrolls: Iterable<Scroll>): Generator<Uint8Array> {
  const kept = new Map<Coordinate, Placed<Scroll>>();
  for (const scroll of scrolls) {
    kept.set(scroll.coordinate, { scroll, parts: coordinateParts(scroll.coordinate) });
  }
  let here: readonly number[] = coordinateParts(ORIGIN);
  for (const { scroll, parts } of inOrder(Array.from(kept.values()))) {
    if (scroll.bytes.length === 0) continue;
    yield pathBetween(here, parts);
    yield scroll.bytes;
    here = parts;
  }
}

/** The phext that holds the given scrolls, as SQ writes its file: the bytes of `phextPieces` in one. */
export function implode(scrolls: Iterable<Scroll>): Uint8Array {
  return Buffer.concat(Array.from(phextPieces(scrolls)));
}
