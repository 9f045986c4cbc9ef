import type { RolloutId } from '../domain/brand.ts';
import type { Random } from '../domain/ports.ts';

const ROLLOUT_ID = /^r-[0-9a-z-]{1,64}$/;

/** Whether text names a rollout by its form; whether there is one is for the store to say. */
export function isRolloutId(text: string): text is RolloutId {
  return ROLLOUT_ID.test(text);
}

/**
 * A fresh id: `r-`, the time in base 36 (eight digits until 2059, so ids sort by time), and four hex digits that
 * keep two controllers of one millisecond apart. `now` is milliseconds since the epoch.
 */
export function newRolloutId(now: number, random: Random): RolloutId {
  const id = `r-${Math.trunc(now).toString(36)}${random.hex(4)}`;
  if (!isRolloutId(id)) throw new RangeError(`not a time or not hex: ${id}`);
  return id;
}
