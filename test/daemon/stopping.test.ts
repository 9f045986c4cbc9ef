import { getMaxListeners } from 'node:events';
import { expect, it } from 'vitest';
import { hearSignals, LOOK_GRACE_MS } from '../../src/daemon/stopping.ts';
import type { Clock } from '../../src/domain/ports.ts';

/** Signals and time in the hands of a test. */
function byHand() {
  let handler: (() => void) | undefined;
  let wake: (() => void) | undefined;
  let sleeping: number | undefined;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeping = ms;
        wake = resolve;
        signal?.addEventListener('abort', () => {
          sleeping = undefined;
          reject(signal.reason);
        });
      }),
  };
  const stopping = hearSignals((heard) => {
    handler = heard;
    return () => {
      handler = undefined;
    };
  }, clock);
  const state = () => [stopping.asked.aborted, stopping.looks.aborted, stopping.now.aborted];
  return {
    stopping,
    state,
    signal: () => handler?.(),
    timeIsUp: async () => {
      wake?.();
      await Promise.resolve();
    },
    sleeping: () => sleeping,
  };
}

it('stops what begins, then looks, and never a rollout, at the first signal', async () => {
  const hand = byHand();
  expect(hand.state()).toEqual([false, false, false]);
  hand.signal();
  expect(hand.state()).toEqual([true, false, false]);
  expect(hand.sleeping()).toBe(LOOK_GRACE_MS);
  expect(LOOK_GRACE_MS).toBeLessThan(10_000);
  await hand.timeIsUp();
  expect(hand.state()).toEqual([true, true, false]);
  expect(hand.stopping.looks.reason).toMatchObject({ code: 'interrupted', exitCode: 130 });
});

it('stops everything at the second signal', () => {
  const hand = byHand();
  hand.signal();
  hand.signal();
  expect(hand.state()).toEqual([true, true, true]);
});

it('waits for nothing and hears nothing once it is let go', () => {
  const hand = byHand();
  hand.signal();
  hand.stopping.letGo();
  expect(hand.sleeping()).toBeUndefined();
  hand.signal();
  expect(hand.state()).toEqual([true, false, false]);
});

it('may be heard by hundreds of hosts at once without a warning', () => {
  const { stopping } = byHand();
  expect([stopping.looks, stopping.now].map((signal) => getMaxListeners(signal))).toEqual([
    Infinity,
    Infinity,
  ]);
});
