import pLimit from 'p-limit';

/** A host that has not taken the TCP connection by then costs nobody any CPU: it need not hold a place. */
const PATIENCE_MS = 1_000;

/**
 * A handshake that is not done by then waits for the host rather than for us (it takes 60 ms, most of it at the host's
 * end): its place goes to others, so that a host which says nothing, or says it byte by byte, holds up nobody else.
 */
const HANDSHAKE_PATIENCE_MS = 2_000;

/** What one connection does at the gate. */
export interface Passage<S, T> {
  /** Told at once; resolves when the turn has come. */
  readonly queued: (turn: Promise<void>) => void;
  readonly dial: () => Promise<S>;
  readonly shake: (dialled: S) => Promise<T>;
}

/** Lets only so many handshakes run at once. */
export interface Gate {
  /**
   * Waits for a place, runs `dial`, then `shake` with what it gave. While either is slow the place goes to others, so
   * that hosts which are off, or which never finish, do not hold up those that are on.
   */
  pass<S, T>(passage: Passage<S, T>): Promise<T>;
}

/** Work that is done, or still under way after `ms`. Rejects when the work does so by then. */
type Begun<T> = { readonly done: T } | { readonly going: Promise<T> };

async function beginFor<T>(work: Promise<T>, ms: number): Promise<Begun<T>> {
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<Begun<T>>((resolve) => {
    timer = setTimeout(() => resolve({ going: work }), ms);
  });
  try {
    return await Promise.race([work.then((done) => ({ done })), slow]);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes a gate with `places` places. */
export function createGate(places: number): Gate {
  const limit = pLimit(places);
  return {
    async pass<S, T>({ queued, dial, shake }: Passage<S, T>): Promise<T> {
      let come: () => void = () => undefined;
      queued(
        new Promise((resolve) => {
          come = resolve;
        }),
      );
      const shaken = (stream: S): Promise<Begun<T>> => beginFor(shake(stream), HANDSHAKE_PATIENCE_MS);
      const turn = await limit(async () => {
        come();
        const dialled = await beginFor(dial(), PATIENCE_MS);
        return 'done' in dialled ? shaken(dialled.done) : { dialling: dialled.going };
      });
      const begun =
        'dialling' in turn ? await turn.dialling.then((stream) => limit(() => shaken(stream))) : turn;
      return 'done' in begun ? begun.done : begun.going;
    },
  };
}
