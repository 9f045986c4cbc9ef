import type { Clock } from '../../domain/ports.ts';

/** How long a check that is interrupted may take to remove what it put on a host: its scratch server, its lease. */
const TIDY_MS = 30_000;

/** The signal of one visit. */
export interface Patience {
  readonly signal: AbortSignal;
  /** The host is reached: from here on there may be something to remove. */
  opened(): void;
  /** The visit is over. */
  ended(): void;
}

/**
 * What an interruption does to a visit: one that still connects ends at once, while one under way keeps its connection
 * for as long as it takes to tidy up, within bounds. What it does there is told by `signal` itself.
 */
export function patience(signal: AbortSignal, clock: Clock): Patience {
  const end = new AbortController();
  const over = new AbortController();
  let open = false;
  const abort = (): void => {
    const give = () => end.abort(signal.reason);
    if (open) clock.sleep(TIDY_MS, over.signal).then(give, () => undefined);
    else give();
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return {
    signal: end.signal,
    opened: () => {
      open = true;
    },
    ended: () => {
      signal.removeEventListener('abort', abort);
      over.abort(new Error('the visit is over'));
    },
  };
}
