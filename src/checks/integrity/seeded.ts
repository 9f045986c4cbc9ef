import type { Random } from '../../domain/ports.ts';

/** Mixes a text into 32 bits (FNV-1a). */
function mixed(text: string): number {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return state;
}

/** Randomness that is the same for the same seed (mulberry32): what a check did can be done again. */
export function seededRandom(seed: string): Random {
  let state = mixed(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('');
  return { next, hex };
}

/** One of several. */
export function oneOf<T>(random: Random, first: T, ...rest: readonly T[]): T {
  return rest[Math.floor(random.next() * (rest.length + 1)) - 1] ?? first;
}

/** A whole number from 0 on, below `limit`. */
export function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}
