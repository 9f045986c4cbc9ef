import pLimit from 'p-limit';

/** A host that has not taken the TCP connection by then costs nobody any CPU: it need not hold a place. */
const PATIENCE_MS = 1_000;

/** Lets only so many handshakes run at once. */
export interface Gate {
  /**
   * Waits for a place, runs `dial`, then `shake` with what it gave. While `dial` is slow the place goes to others, so that hosts which
   * are off do not hold up those that are on.
   */
  pass<S, T>(steps: {
    /** Told at once; resolves when the turn has come. */
    readonly queued: (turn: Promise<void>) => void;
    readonly dial: () => Promise<S>;
    readonly shake: (dialled: S) => Promise<T>;
  }): Promise<T>;
}

/** Makes a gate with `places` places. */
export function createGate(places: number): Gate {
  const limit = pLimit(places);
  return {
    async pass({ queued, dial, shake }) {
      let come: () => void = () => undefined;
      queued(
        new Promise((resolve) => {
          come = resolve;
        }),
      );
      const turn = await limit(async () => {
        come();
        const dialling = dial();
        let timer: NodeJS.Timeout | undefined;
        const slow = new Promise<undefined>((resolve) => {
          timer = setTimeout(resolve, PATIENCE_MS, undefined);
        });
        const dialled = await Promise.race([dialling.then((stream) => ({ stream })), slow]);
        clearTimeout(timer);
        return dialled ? { done: await shake(dialled.stream) } : { dialling };
      });
      if ('done' in turn) return turn.done;
      const stream = await turn.dialling;
      return limit(() => shake(stream));
    },
  };
}
