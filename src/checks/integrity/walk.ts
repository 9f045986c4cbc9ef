import { type Coordinate, compareParts, formatCoordinate, LARGEST_PART } from '../../sq/coordinate.ts';
import { BREAKS } from '../../sq/phext.ts';

/** A file as it is written, not as SQ would load it: what loading silently mends or drops can be seen. */
export interface Walk {
  /** Scrolls with text in them. */
  readonly scrolls: number;
  /** Places with two texts or more: loading keeps the last. In the order of the file, the first hundred. */
  readonly duplicates: readonly Coordinate[];
  /** Scrolls that stand behind one of a later coordinate. */
  readonly backwards: number;
  /** Breaks that lead beyond 999, where a part stays at 999. */
  readonly beyond: number;
}

const DIMENSION = new Map(BREAKS.map((byte, dimension) => [byte, dimension]));
const MOST_NAMED = 100;

function coordinateOf([a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1, i = 1]: readonly number[]) {
  return formatCoordinate([a, b, c, d, e, f, g, h, i]);
}

/** Takes one break; whether it led beyond the last part. */
function cross(parts: number[], dimension: number): boolean {
  const part = parts[dimension] ?? 1;
  parts.fill(1, dimension + 1);
  if (part >= LARGEST_PART) return true;
  parts[dimension] = part + 1;
  return false;
}

/**
 * Walks over the bytes of a phext file, one after the other. On its own: `explode` of src/sq/phext.ts, which is what is
 * used everywhere else, is held against it in tests.
 */
export function walk(bytes: Uint8Array): Walk {
  const parts = BREAKS.map(() => 1);
  const seen = new Set<Coordinate>();
  const duplicates = new Set<Coordinate>();
  let highest: readonly number[] = [];
  let backwards = 0;
  let beyond = 0;
  let inText = false;
  for (const byte of bytes) {
    const dimension = byte < 0x20 ? DIMENSION.get(byte) : undefined;
    if (dimension !== undefined) {
      if (cross(parts, dimension)) beyond++;
      inText = false;
    } else if (!inText) {
      inText = true;
      const coordinate = coordinateOf(parts);
      if (seen.has(coordinate)) duplicates.add(coordinate);
      else if (highest.length > 0 && compareParts(parts, highest) < 0) backwards++;
      else highest = parts.slice();
      seen.add(coordinate);
    }
  }
  return {
    scrolls: seen.size,
    duplicates: Array.from(duplicates).slice(0, MOST_NAMED),
    backwards,
    beyond,
  };
}
