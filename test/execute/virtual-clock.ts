import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/domain/ports.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Where every virtual clock starts: 2026-11-24T12:00:00Z. */
export const START = Date.UTC(2026, 10, 24, 12);

/** Time that passes only when nothing else is left to do. Hosts and controllers of a model share one. */
export class VirtualClock implements Clock {
  #time = 0;
  #order = 0;
  readonly #due = new Set<Due>();

  now(): number {
    return START + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  /** Runs `run` after `ms`, unless what is given back is called first. */
  after(ms: number, run: () => void): () => void {
    this.#order += 1;
    const due: Due = { at: this.#time + Math.max(0, ms), order: this.#order, run };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Goes to the next thing that is due and does it; false when nothing is. */
  step(): boolean {
    let next: Due | undefined;
    for (const due of this.#due) {
      if (next === undefined || due.at < next.at || (due.at === next.at && due.order < next.order))
        next = due;
    }
    if (next === undefined) return false;
    this.#due.delete(next);
    this.#time = Math.max(this.#time, next.at);
    next.run();
    return true;
  }

  /** Lets `ms` pass, with all that is due in it. */
  pass(ms: number): void {
    let over = false;
    this.after(ms, () => {
      over = true;
    });
    while (!over) this.step();
  }
}

/** Turns of the event loop without anything due before a run counts as stuck. */
const PATIENCE = 100;

/** Lets time pass until `work` is settled, or until `dead` says that nobody waits for it any more. */
export async function drive<T>(
  clock: VirtualClock,
  work: Promise<T>,
  dead: () => boolean = () => false,
): Promise<T | 'dead'> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  work.then(settle, settle);
  for (let idle = 0; idle < PATIENCE; ) {
    await setImmediate();
    if (dead()) return 'dead';
    if (settled) return work;
    idle = clock.step() ? 0 : idle + 1;
  }
  throw new Error('nothing is due and the work does not end');
}
