import { RanchError } from '../domain/errors.ts';

/** The reason of an aborted signal as an error a user can be told. */
export function reasonOf(signal: AbortSignal, place: string): RanchError {
  if (signal.reason instanceof RanchError) return signal.reason;
  return new RanchError(
    { code: 'interrupted', place, message: 'interrupted', remedy: 'Run the command again.' },
    { cause: signal.reason },
  );
}

/** Waits for `work`, but no longer than until `signal` aborts; then rejects with the signal's reason. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal, place: string): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(reasonOf(signal, place));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    // In this order: a connection that is gone says more than what its loss makes of the work.
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
    // Whoever lost the race may still reject; nobody else listens.
    aborted.catch(() => undefined);
    work.catch(() => undefined);
  }
}
