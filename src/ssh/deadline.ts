import { setMaxListeners } from 'node:events';
import { reasonOf } from './abortable.ts';
import { deadlineFault } from './faults.ts';

/** A bound in time on one piece of work, combined with the caller's own wish to stop. */
export interface Deadline {
  /** Aborts with a `deadline` error, or with the reason of the caller's signal. */
  readonly signal: AbortSignal;
  /** Waits for what is not the host's fault, a person or a place in a queue: the clock stands still meanwhile. */
  standStill<T>(work: Promise<T>): Promise<T>;
  /** Lets go of the timer. Call it always. */
  clear(): void;
}

/** Starts a deadline of `ms` for `what` at `place`. */
export function startDeadline(ms: number, place: string, what: string, outer?: AbortSignal): Deadline {
  const over = new AbortController();
  // As many listen as there is work under way: Node would warn of a leak in the middle of a rollout.
  setMaxListeners(Number.POSITIVE_INFINITY, over.signal, ...(outer ? [outer] : []));
  const stop = (): void => {
    if (outer !== undefined) over.abort(reasonOf(outer, place));
  };
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop, { once: true });
  let left = ms;
  let since = performance.now();
  let waits = 0;
  const arm = (): NodeJS.Timeout => {
    since = performance.now();
    return setTimeout(() => over.abort(deadlineFault(place, what, ms)), Math.max(0, left));
  };
  let timer = arm();
  return {
    signal: over.signal,
    clear() {
      clearTimeout(timer);
      waits = Number.POSITIVE_INFINITY;
      outer?.removeEventListener('abort', stop);
    },
    async standStill(work) {
      clearTimeout(timer);
      if (waits++ === 0) left -= performance.now() - since;
      try {
        return await work;
      } finally {
        if (--waits === 0 && !over.signal.aborted) timer = arm();
      }
    },
  };
}

/** A part of what `outer` bounds, which may take `ms` at the most; who stands still, stands still in both. */
export function startPart(outer: Deadline, ms: number, place: string, what: string): Deadline {
  const part = startDeadline(ms, place, what, outer.signal);
  return { ...part, standStill: (work) => outer.standStill(part.standStill(work)) };
}
