import { inspect } from 'node:util';
import { afterAll } from 'vitest';
import { faultLine } from './fault-line.ts';

/** Counts the faults of a test file. */
export interface Faults {
  /** One fault: it counts as survived when `act`, which puts it in and judges what came of it, resolves. */
  readonly survives: <T>(act: () => Promise<T>) => Promise<T>;
  /** One fault for each of them, one after the other, whatever comes of one; then throws what was lost. */
  readonly survivesEach: <T>(all: readonly T[], act: (one: T) => Promise<void>) => Promise<void>;
  /** Faults that were counted elsewhere. */
  readonly add: (injected: number, survived: number) => void;
}

/** What was lost, in a line: of an assertion also what was there instead, which its own message does not tell. */
function inWords(error: unknown): string {
  if (!(error instanceof Error) || !('actual' in error) || !('expected' in error)) return String(error);
  const shown = (value: unknown): string =>
    inspect(value, { breakLength: Number.POSITIVE_INFINITY }).slice(0, 2_000);
  return `${error.message}: ${shown(error.actual)} in place of ${shown(error.expected)}`;
}

/** Counts the faults of the test file that calls this, and prints their line when its tests are over. */
export function countFaults(suite: string): Faults {
  let injected = 0;
  let survived = 0;
  afterAll(() => console.log(faultLine(suite, injected, survived)));
  const survives: Faults['survives'] = async (act) => {
    injected += 1;
    const value = await act();
    survived += 1;
    return value;
  };
  return {
    survives,
    async survivesEach(all, act) {
      const lost: unknown[] = [];
      for (const one of all) await survives(() => act(one)).catch((error: unknown) => lost.push(error));
      if (lost.length > 0) throw new AggregateError(lost, lost.map(inWords).join('\n'));
    },
    add(more, kept) {
      injected += more;
      survived += kept;
    },
  };
}

/** Waits for all of them, also where one fails: what still runs would meet the next test's hosts. */
export async function allOver(all: readonly Promise<unknown>[]): Promise<void> {
  const lost = (await Promise.allSettled(all)).flatMap((one) =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  if (lost.length > 0) throw new AggregateError(lost, lost.map(inWords).join('\n'));
}
