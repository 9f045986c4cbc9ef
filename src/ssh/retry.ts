import { type ErrorCode, RanchError } from '../domain/errors.ts';
import type { Clock, Random } from '../domain/ports.ts';

/**
 * Failures of connecting after which a host is as it was, and which pass by themselves, with how long it is worth
 * trying (ms). A refused port is an sshd that restarts, which takes it well under a second, or one that is not there.
 * A dropped connection is mostly MaxStartups at work, which lasts as long as the crowd does.
 */
const WORTH_TRYING: Partial<Readonly<Record<ErrorCode, number>>> = {
  'connection-refused': 1_500,
  'connection-lost': 15_000,
};

/** First pause; doubled each time, and spread so that many who were dropped at once do not come back at once. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Connects, again and again where nothing can have happened, until it works, it is no use, or `signal` aborts. When
 * time runs out the last failure is told, since it says more than the deadline does.
 */
export async function patiently<T>(
  connect: () => Promise<T>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  signal: AbortSignal,
): Promise<T> {
  const began = clock.monotonic();
  for (let tries = 0; ; tries++) {
    try {
      return await connect();
    } catch (error) {
      const patience = error instanceof RanchError ? (WORTH_TRYING[error.code] ?? 0) : 0;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + random.next());
      if (signal.aborted || clock.monotonic() - began + pause > patience) throw error;
      await clock.sleep(pause, signal).catch(() => {
        throw error;
      });
    }
  }
}
