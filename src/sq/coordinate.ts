import type { Brand } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import { excerpt } from '../domain/excerpt.ts';

/**
 * The place of a scroll, always in the one canonical form `library.shelf.series/collection.volume.book/
 * chapter.section.scroll`, nine parts from 1 to 999 without leading zeros: two equal places are equal strings.
 */
export type Coordinate = Brand<string, 'Coordinate'>;

/** The nine parts, largest dimension first: library … scroll. */
export type CoordinateParts = readonly [
  library: number,
  shelf: number,
  series: number,
  collection: number,
  volume: number,
  book: number,
  chapter: number,
  section: number,
  scroll: number,
];

/** Breaks clamp here; SQ with libphext 0.3.0 never returns from a write beyond it. */
export const LARGEST_PART = 999;

/** `1.1.1/1.1.1/1.1.1`: also where SQ puts whatever it cannot read. */
export const ORIGIN = '1.1.1/1.1.1/1.1.1' as Coordinate;

const PART = '([1-9]\\d{0,2})';
const ARM = `${PART}\\.${PART}\\.${PART}`;
const SHAPE = new RegExp(`^${ARM}[/;]${ARM}[/;]${ARM}$`);

/** Takes text for a coordinate (`;` may stand for `/`); undefined when it is not one. */
export function asCoordinate(text: string): Coordinate | undefined {
  return SHAPE.test(text) ? (text.replaceAll(';', '/') as Coordinate) : undefined;
}

/**
 * Takes text for a coordinate. Throws `usage` for anything else: SQ itself refuses nothing and writes to the origin
 * what it cannot read, so that a typing error would overwrite 1.1.1/1.1.1/1.1.1.
 */
export function parseCoordinate(text: string, place = ''): Coordinate {
  const coordinate = asCoordinate(text);
  if (coordinate !== undefined) return coordinate;
  throw new RanchError({
    code: 'usage',
    place,
    message: `"${excerpt(text, 40)}" is not a coordinate`,
    remedy: `Write nine parts from 1 to ${LARGEST_PART}, such as 7.11.13/3.8.5/1.12.1.`,
  });
}

/** Throws `usage` when a part is not a whole number from 1 to 999. */
export function formatCoordinate(parts: CoordinateParts): Coordinate {
  const [a, b, c, d, e, f, g, h, i] = parts;
  return parseCoordinate(`${a}.${b}.${c}/${d}.${e}.${f}/${g}.${h}.${i}`);
}

/** The nine numbers of a coordinate. Digit by digit: this is most of what a checksum of many scrolls costs. */
export function coordinateParts(coordinate: Coordinate): readonly number[] {
  const parts: number[] = [];
  let part = 0;
  for (let at = 0; at < coordinate.length; at++) {
    const digit = coordinate.charCodeAt(at) - 48;
    if (digit >= 0) {
      part = part * 10 + digit;
    } else {
      parts.push(part);
      part = 0;
    }
  }
  parts.push(part);
  return parts;
}

/** Compares the numbers of two coordinates, largest dimension first: negative, zero or positive. */
export function compareParts(left: readonly number[], right: readonly number[]): number {
  for (let dimension = 0; dimension < left.length; dimension++) {
    const difference = (left[dimension] ?? 1) - (right[dimension] ?? 1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Negative, zero or positive as `left` comes before, at or after `right` in a phext. */
export function compareCoordinates(left: Coordinate, right: Coordinate): number {
  return compareParts(coordinateParts(left), coordinateParts(right));
}
