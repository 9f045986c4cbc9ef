import type { Coordinate } from '../../sq/coordinate.ts';

/**
 * A coordinate as SQ understands it: nothing is refused. Parts go to dimensions in order, garbage and nothing mean
 * the origin, 0 and numbers beyond 999 are taken as they are.
 */
export function lenientCoordinate(text: string): Coordinate {
  const parts = [1, 1, 1, 1, 1, 1, 1, 1, 1];
  let dimension = -1;
  let value = 0;
  for (const char of text) {
    if (char === '.' || char === '/' || char === ';') {
      if (dimension >= 0 && dimension < 8) {
        parts[dimension] = value;
        dimension++;
      }
      value = 0;
    } else if (char >= '0' && char <= '9') {
      value = value * 10 + Number(char);
      dimension = Math.max(dimension, 0);
    }
  }
  if (dimension >= 0) parts[8] = value;
  const [a, b, c, d, e, f, g, h, i] = parts;
  // Not checked on purpose: the brand promises what SQ does not.
  return `${a}.${b}.${c}/${d}.${e}.${f}/${g}.${h}.${i}` as Coordinate;
}
