/** Longer words are no typing mistakes, and comparing them costs time. */
const MAX_WORD = 64;

/**
 * Words that are compared for one file at most, letter by letter, at about 2 µs each: a suggestion is a kindness, not
 * worth a wait. One misspelt name in a ranch of 5,000 hosts, or fifty in one of a hundred.
 */
const MAX_COMPARISONS = 5_000;

/** What may still be spent on suggestions. */
export interface Patience {
  comparisons: number;
}

/** Patience for one file. */
export function newPatience(): Patience {
  return { comparisons: MAX_COMPARISONS };
}

/** One row of the table of distances: `row[j]` is the distance of what was read of `a` to the first j letters of `b`. */
function nextRow(a: string, b: string, i: number, before: readonly number[], twoBefore: readonly number[]) {
  const row = [i];
  for (let j = 1; j <= b.length; j++) {
    const same = a[i - 1] === b[j - 1];
    const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    row.push(
      Math.min(
        (before[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (before[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (twoBefore[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      ),
    );
  }
  return row;
}

/** Letters to add, drop, change or swap with their neighbour to turn `a` into `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let twoBefore: readonly number[] = [];
  let before: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow(a, b, i, before, twoBefore);
    twoBefore = before;
    before = row;
  }
  return before[b.length] ?? 0;
}

/**
 * The candidate that was most likely meant by `word`, for "did you mean"; undefined when none is near. Near is a
 * third of the word's letters, at least one of two; upper and lower case do not count. Stops once `patience` is spent.
 */
export function closest(
  word: string,
  candidates: Iterable<string>,
  patience = newPatience(),
): string | undefined {
  if (word.length < 2 || word.length > MAX_WORD) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (patience.comparisons <= 0) break;
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    patience.comparisons -= 1;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}
