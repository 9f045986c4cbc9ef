import type { HostName } from '../domain/brand.ts';
import type { Store } from '../store/open.ts';
import { nameSome } from '../views/name-some.ts';
import type { Door } from './door.ts';

/** More names say no more than a sweep does. */
const MAX_NAMES = 10;

/** When a host was seen last, in milliseconds since the epoch. */
export interface SeenHost {
  readonly host: HostName;
  readonly at: number;
}

/**
 * Says so where the newest rollout has done something on a host since it was seen: its controller died, or it is under
 * way.
 */
export function tellOlder(door: Door, store: Store, seen: readonly SeenHost[]): void {
  const [last] = store.listRollouts(1);
  if (!last) return;
  const begun = store.showRollout(last.id).units.filter(({ step }) => step !== undefined);
  const older = seen.filter(({ host, at }) =>
    begun.some((unit) => unit.host === host && unit.updatedAt > at),
  );
  if (older.length === 0) return;
  const names = nameSome(
    older.map(({ host }) => host),
    MAX_NAMES,
  );
  door.say([
    `Seen before ${last.purpose} ${last.id} did something there: ${names}. \`ranch sweep\` looks again.`,
  ]);
}
