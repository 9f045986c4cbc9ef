import { Buffer } from 'node:buffer';
import type { ScrollDifference } from '../domain/content.ts';
import { excerpt } from '../domain/excerpt.ts';
import { hashScroll } from './checksum.ts';
import { type Coordinate, compareCoordinates } from './coordinate.ts';
import type { Scroll } from './phext.ts';

/** Characters of a summary. */
const SUMMARY_LENGTH = 60;

/** The first line of a scroll, bounded and escaped. */
export function summaryOf(bytes: Uint8Array): string {
  const newline = bytes.indexOf(0x0a);
  return excerpt(bytes.subarray(0, newline < 0 ? bytes.length : newline), SUMMARY_LENGTH);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

function changeOf(
  coordinate: Coordinate,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): ScrollDifference | undefined {
  if (before && after && same(before, after)) return undefined;
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return {
    coordinate,
    kind,
    ...(before ? { before: before.length } : {}),
    ...(after ? { after: after.length } : {}),
    summary: summaryOf(after ?? before ?? new Uint8Array()),
  };
}

/** Scrolls by coordinate; of two with one coordinate the later one stays, and empty ones are none. */
export function byCoordinate(scrolls: Iterable<Scroll>): ReadonlyMap<Coordinate, Uint8Array> {
  const map = new Map<Coordinate, Uint8Array>();
  for (const { coordinate, bytes } of scrolls) map.set(coordinate, bytes);
  for (const [coordinate, bytes] of map) if (bytes.length === 0) map.delete(coordinate);
  return map;
}

/** What leads from one phext to another, in coordinate order. */
export function differences(
  before: ReadonlyMap<Coordinate, Uint8Array>,
  after: ReadonlyMap<Coordinate, Uint8Array>,
): readonly ScrollDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort(compareCoordinates)
    .flatMap((coordinate) => changeOf(coordinate, before.get(coordinate), after.get(coordinate)) ?? []);
}

/** The hash of each scroll, as `delta` compares them. */
export async function hashes(
  scrolls: ReadonlyMap<Coordinate, Uint8Array>,
): Promise<ReadonlyMap<Coordinate, string>> {
  const map = new Map<Coordinate, string>();
  for (const [coordinate, bytes] of scrolls) map.set(coordinate, await hashScroll(bytes));
  return map;
}
