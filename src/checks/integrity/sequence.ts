import type { Random } from '../../domain/ports.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { below, oneOf } from './seeded.ts';
import type { SqClient } from './sq-client.ts';

/** One step of a single client; `at` counts the places of the sequence. */
export type Step =
  | { readonly kind: 'update' | 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'load' };

/** What a read gave, and what it should have given. */
export interface Mismatch {
  readonly coordinate: Coordinate;
  readonly expected: string;
  readonly got: string;
}

/** Texts that an encoding, a trim or a file could spoil; none holds a delimiter. */
const TEXTS: readonly string[] = [
  ' ',
  'a',
  'two words',
  '\n',
  'line\nline\r\n',
  '  blanks around  ',
  '100% + a & b = c; d?e#f',
  '%41%00+%2B',
  'naïve ✓ 𝛑 日本語',
  '\ufeffmark',
  '"quoted" \\ back',
  '1.1.1/1.1.1/1.1.2',
  '---sq:Scroll-Missing---',
];

/** A long text: more than one TCP segment, and more than a buffer. */
function long(random: Random): string {
  return `${random.hex(8)} `.repeat(2_000);
}

/**
 * A sequence as the seed has it: mostly delete, write and read of the same few places. `empty`: with empty texts among
 * those that are written.
 */
export function sequence(random: Random, length: number, places: number, empty: boolean): readonly Step[] {
  return Array.from({ length }, (): Step => {
    const at = below(random, places);
    const text =
      random.next() < 0.05
        ? long(random)
        : oneOf(random, `t${random.hex(4)}`, ...TEXTS, ...(empty ? [''] : []));
    const kind = oneOf(random, 'update', 'update', 'insert', 'insert', 'delete', 'delete', 'delete', 'load');
    if (kind === 'load') return { kind };
    return kind === 'delete' ? { kind, at } : { kind, at, text };
  });
}

/** What a scroll must hold after a step. */
export function afterStep(texts: ReadonlyMap<number, string>, step: Step): ReadonlyMap<number, string> {
  if (step.kind === 'load') return texts;
  const before = texts.get(step.at) ?? '';
  const now = step.kind === 'delete' ? '' : step.kind === 'update' ? step.text : before + step.text;
  return new Map(texts).set(step.at, now);
}

async function take(sq: SqClient, step: Step, at: Coordinate): Promise<void> {
  if (step.kind === 'load') await sq.load();
  else if (step.kind === 'delete') await sq.remove(at);
  else if (step.kind === 'update') await sq.update(at, step.text);
  else await sq.insert(at, step.text);
}

/**
 * Takes the steps one after the other and reads after each the place it touched, after a `load` and at the end all of
 * them. The places must be fresh ones; they are emptied afterwards. Gives the first read that is not what the model says.
 * Throws as `SqClient`.
 */
export async function runSequence(
  sq: SqClient,
  steps: readonly Step[],
  places: readonly Coordinate[],
): Promise<Mismatch | undefined> {
  const mismatch = await takeAll(sq, steps, places);
  for (const at of places) await sq.remove(at);
  return mismatch;
}

async function takeAll(
  sq: SqClient,
  steps: readonly Step[],
  places: readonly Coordinate[],
): Promise<Mismatch | undefined> {
  let texts: ReadonlyMap<number, string> = new Map();
  const differs = async (index: number): Promise<Mismatch | undefined> => {
    const coordinate = places[index];
    if (coordinate === undefined) return undefined;
    const expected = texts.get(index) ?? '';
    const got = await sq.select(coordinate);
    return got === expected ? undefined : { coordinate, expected, got };
  };
  for (const [number, step] of steps.entries()) {
    const own = step.kind === 'load' ? undefined : step.at;
    const at = places[own ?? 0];
    if (at === undefined) continue;
    await take(sq, step, at);
    texts = afterStep(texts, step);
    const all = own === undefined || number === steps.length - 1;
    for (const index of all ? places.keys() : [own]) {
      const mismatch = await differs(index);
      if (mismatch) return mismatch;
    }
  }
  return undefined;
}

/** How often a failing sequence is tried again, shorter. */
const SHRINKING_TRIES = 60;

/** The same failure with fewer steps: leaves out what it can do without. `fails` may throw; then that is thrown. */
export async function shorten(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let shortest = steps;
  let tries = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < shortest.length && tries < SHRINKING_TRIES; ) {
      const shorter = [...shortest.slice(0, from), ...shortest.slice(from + size)];
      tries++;
      if (shorter.length > 0 && (await fails(shorter))) shortest = shorter;
      else from += size;
    }
  }
  return shortest;
}

/** A sequence in words: `update 1, delete 1, load`. */
export function tellSequence(steps: readonly Step[]): string {
  return steps.map((step) => (step.kind === 'load' ? 'load' : `${step.kind} ${step.at + 1}`)).join(', ');
}
