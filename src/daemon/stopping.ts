import { setMaxListeners } from 'node:events';
import { interrupted } from '../app/run-playbook.ts';
import type { Clock } from '../domain/ports.ts';

/**
 * How long a look may go on after the first signal. With what is left of the 10 s that a stop may take, connections
 * are closed and the process ends.
 */
export const LOOK_GRACE_MS = 8_000;

/** What signals ask of the daemon, in the order in which it comes to pass. */
export interface Stopping {
  /** First signal: nothing new begins, a rollout pauses after its step. */
  readonly asked: AbortSignal;
  /** `LOOK_GRACE_MS` later: a look that still waits for hosts is given up. */
  readonly looks: AbortSignal;
  /** Second signal: everything stops where it is. */
  readonly now: AbortSignal;
  /** Hears no more signals. */
  letGo(): void;
}

/** Calls back at each signal that asks this process to end; gives what ends that. */
export type OnInterrupt = (handler: () => void) => () => void;

/** Hears signals until it is let go. */
export function hearSignals(onInterrupt: OnInterrupt, clock: Clock): Stopping {
  const asked = new AbortController();
  const looks = new AbortController();
  const now = new AbortController();
  const grace = new AbortController();
  // Every host that is being looked at listens, and hundreds are no leak.
  setMaxListeners(Number.POSITIVE_INFINITY, looks.signal, now.signal);
  const giveUpLooks = (): void => looks.abort(interrupted('ranch daemon'));
  const letGo = onInterrupt(() => {
    if (asked.signal.aborted) {
      giveUpLooks();
      now.abort(interrupted('ranch daemon'));
      return;
    }
    asked.abort();
    // The wait ends early, and without a word, when everything has come to rest.
    void clock.sleep(LOOK_GRACE_MS, grace.signal).then(giveUpLooks, () => undefined);
  });
  return {
    asked: asked.signal,
    looks: looks.signal,
    now: now.signal,
    letGo: () => {
      grace.abort();
      letGo();
    },
  };
}

/** Resolves once a signal was aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
