import type { Random } from '../../domain/ports.ts';
import { type Coordinate, formatCoordinate, LARGEST_PART } from '../../sq/coordinate.ts';
import { below } from './seeded.ts';

/** `count` coordinates at which nothing is, drawn from the whole space. */
export function freePlaces(
  random: Random,
  count: number,
  taken: { has(coordinate: Coordinate): boolean },
): readonly Coordinate[] {
  const found = new Set<Coordinate>();
  // From 2 on: the origin is where SQ puts whatever it cannot read.
  const part = (): number => 2 + below(random, LARGEST_PART - 1);
  while (found.size < count) {
    const at = formatCoordinate([part(), part(), part(), part(), part(), part(), part(), part(), part()]);
    if (!taken.has(at)) found.add(at);
  }
  return Array.from(found);
}
