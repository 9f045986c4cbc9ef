import { afterAll } from 'vitest';
import { faultLine } from './fault-line.ts';

/** Counts the faults of a test file. */
export interface Faults {
  /** One fault: it counts as survived when `act`, which puts it in and judges what came of it, resolves. */
  readonly survives: <T>(act: () => Promise<T>) => Promise<T>;
  /** Faults that were counted elsewhere. */
  readonly add: (injected: number, survived: number) => void;
}

/** Counts the faults of the test file that calls this, and prints their line when its tests are over. */
export function countFaults(suite: string): Faults {
  let injected = 0;
  let survived = 0;
  afterAll(() => console.log(faultLine(suite, injected, survived)));
  return {
    async survives(act) {
      injected += 1;
      const value = await act();
      survived += 1;
      return value;
    },
    add(more, kept) {
      injected += more;
      survived += kept;
    },
  };
}
