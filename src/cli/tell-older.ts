import type { Store } from '../store/open.ts';
import type { Door } from './door.ts';

/** Says so where a rollout has changed what is shown since it was seen. `seenAt` in milliseconds since the epoch. */
export function tellOlder(door: Door, store: Store, seenAt: readonly number[]): void {
  const [last] = store.listRollouts(1);
  if (!last || seenAt.length === 0 || last.startedAt < Math.min(...seenAt)) return;
  const { id, purpose } = last;
  door.say([
    `This was seen before ${purpose} ${id}, which may have changed it: \`ranch sweep\` looks again.`,
  ]);
}
