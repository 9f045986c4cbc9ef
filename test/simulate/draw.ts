import { seededRandom } from '../lab/seeded-random.ts';

/** What a scenario is drawn with. */
export interface Draw {
  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
}

function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  return mixed >>> 0;
}

/** A stream of numbers of its own for each name, so that one host's draws do not shift another's. */
export function drawOf(seed: number, name: string): Draw {
  const random = seededRandom(hash(`${seed} ${name}`));
  const int = (least: number, most: number): number => least + Math.floor(random.next() * (most - least + 1));
  return {
    int,
    chance: (probability) => random.next() < probability,
    pick: (from) => from[int(0, from.length - 1)] ?? from[0],
  };
}

/** The seed of a stream, for what wants a generator of its own. */
export function seedOf(seed: number, name: string): number {
  return hash(`${seed} ${name}`);
}
