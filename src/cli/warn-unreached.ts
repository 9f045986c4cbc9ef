import type { Observation } from '../domain/observation.ts';
import type { Ranch } from '../domain/ranch.ts';
import { troublesText } from '../views/trouble-text.ts';
import type { Door } from './door.ts';

/** Tells why hosts that should be there were not reached, and what to do: a table has no room for it. */
export function warnUnreached(door: Door, ranch: Ranch, observations: Iterable<Observation>): void {
  const absent = new Set(ranch.hosts.flatMap(({ name, expect }) => (expect === 'absent' ? [name] : [])));
  const troubles = [...observations].flatMap((one) =>
    one.kind === 'unreachable' && !absent.has(one.host) ? [one.trouble] : [],
  );
  if (troubles.length > 0) door.warn(troublesText(troubles, door.talk));
}
