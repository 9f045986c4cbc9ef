import {
  type Coordinate,
  type CoordinateParts,
  formatCoordinate,
  LARGEST_PART,
} from '../../sq/coordinate.ts';

/** A coordinate with one part changed. */
function withPart(parts: CoordinateParts, dimension: number, part: number): Coordinate {
  const [a, b, c, d, e, f, g, h, i] = parts.map((old, at) => (at === dimension ? part : old));
  return formatCoordinate([a ?? 1, b ?? 1, c ?? 1, d ?? 1, e ?? 1, f ?? 1, g ?? 1, h ?? 1, i ?? 1]);
}

/**
 * Coordinates that a server which mixes up dimensions, digits or limits would take for one another: in each dimension a
 * neighbour, a tenfold and the last; each is another place.
 */
export function neighbours(): readonly Coordinate[] {
  const middle: CoordinateParts = [1, 1, 1, 1, 1, 1, 1, 1, 1];
  const found = new Set<Coordinate>();
  for (const dimension of middle.keys()) {
    for (const part of [2, 11, LARGEST_PART]) found.add(withPart(middle, dimension, part));
  }
  const most = LARGEST_PART;
  found.add(formatCoordinate([most, most, most, most, most, most, most, most, most]));
  found.add(formatCoordinate([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  found.add(formatCoordinate([9, 8, 7, 6, 5, 4, 3, 2, 1]));
  return Array.from(found);
}
