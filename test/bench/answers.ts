import { setTimeout as pause } from 'node:timers/promises';
import { versionRequest } from '../../src/sq/requests.ts';
import { ask } from './ask.ts';
import { PHEXT } from './six-hosts.ts';

/** Between two questions: short enough to see when answers stop, long enough to leave SQ to others. */
const PAUSE_MS = 2;

/** What a client saw of a server from outside. */
export interface Answers {
  /** Ends the watch; the longest time between two answers, in milliseconds, and how often there was none. */
  readonly stop: () => Promise<{ readonly longestGap: number; readonly unanswered: number }>;
}

/** Asks a server for its version again and again, naming the phext it holds so that nothing is evicted. */
export function watchAnswers(address: string): Answers {
  let stopped = false;
  let longestGap = 0;
  let unanswered = 0;
  const watch = async (): Promise<void> => {
    let last = performance.now();
    while (!stopped) {
      const reply = await ask(address, versionRequest({ phext: PHEXT }));
      if (reply?.status === 200) {
        const now = performance.now();
        longestGap = Math.max(longestGap, now - last);
        last = now;
        await pause(PAUSE_MS);
      } else {
        unanswered++;
        await pause(1);
      }
    }
  };
  const watching = watch();
  return {
    async stop() {
      stopped = true;
      await watching;
      return { longestGap, unanswered };
    },
  };
}
