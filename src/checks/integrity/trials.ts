import { excerpt } from '../../domain/excerpt.ts';
import type { Clock } from '../../domain/ports.ts';
import { broken, hazard, held, type Verdict } from '../../domain/verdict.ts';
import { type Coordinate, formatCoordinate } from '../../sq/coordinate.ts';
import { allPlaces, type Effort, runClients, type Workplace } from './clients.ts';
import { acknowledged, judge } from './model.ts';
import { neighbours } from './neighbours.ts';
import { seededRandom } from './seeded.ts';
import { type Mismatch, runSequence, sequence, shorten, tellSequence } from './sequence.ts';
import type { SqClient } from './sq-client.ts';

/** What each trial works with. */
export interface Trial {
  readonly clock: Clock;
  /** What it does follows from it. */
  readonly seed: string;
  readonly signal?: AbortSignal;
}

const NOT_TO_BE_TRUSTED =
  'Do not run this binary: roll out another (`ranch rollout`), and tell its author what was asked and what came back.';

/** Clients that write and read at the same time, judged by a model of what a scroll is. */
export async function writersVerdict(
  sq: SqClient,
  places: Workplace,
  effort: Effort,
  trial: Trial,
): Promise<Verdict> {
  const { operations, failures } = await runClients(sq, places, effort, trial.seed, trial);
  const violations = judge(operations);
  const counted = `${effort.clients} clients, ${acknowledged(operations)} acknowledged writes`;
  const [first] = violations;
  if (first) {
    const of = allPlaces(places).length;
    return broken(
      'critical',
      `${violations.length} of ${of} scrolls went wrong (${counted}): ${first.what}`,
      NOT_TO_BE_TRUSTED,
    );
  }
  const [failure] = failures;
  if (failure !== undefined) {
    const got = `${failures.length} requests failed (${counted}): ${failure}`;
    return broken('high', got, 'Read the log of SQ; run the check again on a host with less load.');
  }
  return held(`${counted}, ${operations.length} requests in all: none lost, none out of order`);
}

/** How many sequences, how long, within how much time; `empty`: with empty texts. */
export interface Drawn {
  readonly count: number;
  readonly length: number;
  readonly budgetMs: number;
  readonly empty: boolean;
}

/** Sequences of one client, each the seed's own and at `fresh` places; at least one, as many as fit. */
export async function sequencesVerdict(
  sq: SqClient,
  fresh: () => readonly Coordinate[],
  { count, length, budgetMs, empty }: Drawn,
  { clock, seed, signal }: Trial,
): Promise<Verdict> {
  const began = clock.monotonic();
  let done = 0;
  while (done < count && (done === 0 || clock.monotonic() - began < budgetMs)) {
    signal?.throwIfAborted();
    const places = fresh();
    const steps = sequence(seededRandom(`${seed}/sequence-${done}`), length, places.length, empty);
    const mismatch = await runSequence(sq, steps, places);
    if (mismatch) {
      let shown: Mismatch = mismatch;
      const shortest = await shorten(steps, async (shorter) => {
        const again = await runSequence(sq, shorter, fresh());
        if (again) shown = again;
        return again !== undefined;
      });
      const got = `"${excerpt(shown.got, 16)}" for "${excerpt(shown.expected, 16)}" after ${tellSequence(shortest)} (seed ${seed})`;
      return broken('critical', got, NOT_TO_BE_TRUSTED);
    }
    done++;
  }
  return held(`${done} sequences of ${length} steps: each read gave what was written last (seed ${seed})`);
}

/** Three places one behind the other, with nothing between. */
const [BEFORE, EMPTIED, BEHIND] = [3, 6, 9].map((part) => formatCoordinate([1, 1, 1, 1, 1, 1, 1, 2, part]));

/**
 * Whether a scroll stays where it is when one before it is emptied by an empty text. SQ older than 0.5.3 counts the
 * emptied one as passed when it writes its file, and leaves out the breaks up to it: what stands behind is at another
 * coordinate after the next start.
 */
export async function emptyTextVerdict(sq: SqClient): Promise<Verdict> {
  if (!BEFORE || !EMPTIED || !BEHIND) throw new Error('three places');
  await sq.update(BEFORE, 'before');
  await sq.update(BEHIND, 'behind');
  await sq.update(EMPTIED, '');
  await sq.load();
  const [before, emptied, behind] = [
    await sq.select(BEFORE),
    await sq.select(EMPTIED),
    await sq.select(BEHIND),
  ];
  for (const at of [BEFORE, EMPTIED, BEHIND]) await sq.remove(at);
  if (before === 'before' && emptied === '' && behind === 'behind') {
    return held('an empty text moves no other scroll');
  }
  return hazard(
    'high',
    `${EMPTIED} was given an empty text, and after a load ${BEHIND} holds "${excerpt(behind, 20)}"`,
    'An empty text moves the scrolls behind it to other coordinates in the file. Empty a scroll by `delete`, never by an empty `update` or `insert`; 0.5.3 does it right.',
  );
}

/** Whether each of many coordinates that look alike is a place of its own, in memory and in the file. */
export async function uniquenessVerdict(sq: SqClient, { signal }: Trial): Promise<Verdict> {
  const places = neighbours();
  const text = (at: Coordinate): string => `here is ${at}`;
  for (const at of places) {
    signal?.throwIfAborted();
    await sq.update(at, text(at));
  }
  const mixed: string[] = [];
  for (const where of ['memory', 'the file']) {
    if (where === 'the file') await sq.load();
    for (const at of places) {
      const got = await sq.select(at);
      if (got !== text(at)) mixed.push(`${at} holds "${excerpt(got, 30)}" in ${where}`);
    }
  }
  const [first] = mixed;
  if (first === undefined) return held(`${places.length} coordinates that look alike are as many places`);
  return broken('critical', `${mixed.length} of ${2 * places.length} reads: ${first}`, NOT_TO_BE_TRUSTED);
}

/** Whether a server that is killed while nobody writes has all of it after a start. `restart` is that kill. */
export async function restVerdict(client: () => SqClient, restart: () => Promise<void>): Promise<Verdict> {
  const before = await client().checksum();
  await restart();
  const after = await client().checksum();
  if (before === after) return held(`${after} before and after: all of it was on the disk`);
  return broken('critical', `checksum ${before} before, ${after} after`, NOT_TO_BE_TRUSTED);
}
