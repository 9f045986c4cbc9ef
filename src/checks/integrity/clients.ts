import type { Clock, Random } from '../../domain/ports.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { token } from './appended.ts';
import { type History, newHistory } from './history.ts';
import { below, oneOf, seededRandom } from './seeded.ts';
import type { SqClient } from './sq-client.ts';

/**
 * Where clients work. A write that a server forgets while others write to the same scroll looks like one that was
 * overwritten; where one client alone writes, or where all append, it cannot hide.
 */
export interface Workplace {
  /** One for each client: it alone writes there, and all read. */
  readonly own: readonly Coordinate[];
  /** Scrolls that all overwrite. */
  readonly shared: readonly Coordinate[];
  /** Scrolls that all append to. */
  readonly appended: readonly Coordinate[];
}

/** All of them. */
export function allPlaces({ own, shared, appended }: Workplace): readonly Coordinate[] {
  return [...own, ...shared, ...appended];
}

/** How much clients do. */
export interface Effort {
  readonly clients: number;
  /** Requests of each client at most. */
  readonly requests: number;
  /** Requests of each client at least, however slow the server is. */
  readonly atLeast: number;
  readonly budgetMs: number;
}

function pick(random: Random, places: readonly Coordinate[]): Coordinate | undefined {
  return places[below(random, places.length)];
}

/** Where a request goes: half of the writes to the client's own scroll. */
function placeFor(
  wish: 'update' | 'select' | 'delete' | 'insert' | 'seen',
  { own, shared, appended }: Workplace,
  random: Random,
  client: number,
): Coordinate | undefined {
  if (wish === 'insert' || wish === 'seen') return pick(random, appended);
  if (random.next() < 0.5) return pick(random, shared);
  return wish === 'select' ? pick(random, own) : own[client - 1];
}

/**
 * One request, as the seed has it: no two texts are the same, so that each read tells whose write it saw.
 * Gives the scroll that it overwrote or deleted.
 */
async function step(
  sq: SqClient,
  history: History,
  places: Workplace,
  random: Random,
  client: number,
  number: number,
): Promise<Coordinate | undefined> {
  const wish = oneOf(random, 'update', 'update', 'update', 'select', 'select', 'delete', 'insert', 'seen');
  const at = placeFor(wish, places, random, client);
  if (at === undefined) return undefined;
  const text = wish === 'insert' ? token(client, number) : `✓ ${client}-${number}`;
  switch (wish) {
    case 'update':
      await history.note(at, { kind: 'update', text }, () => sq.update(at, text));
      return at;
    case 'insert':
      await history.note(at, { kind: 'insert', text }, () => sq.insert(at, text));
      return undefined;
    case 'delete':
      await history.note(at, { kind: 'delete' }, () => sq.remove(at));
      return at;
    default:
      await history.note(at, 'select', () => sq.select(at));
      return undefined;
  }
}

/**
 * Lets clients write, append, delete and read at the same places at the same time, each as the seed has it, then reads
 * every place once more. Ends early for a server that fails always. Rejects only where `signal` is aborted.
 */
export async function runClients(
  sq: SqClient,
  places: Workplace,
  { clients, requests, atLeast, budgetMs }: Effort,
  seed: string,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<History> {
  const history = newHistory(clock);
  const began = clock.monotonic();
  const one = async (client: number): Promise<void> => {
    const random = seededRandom(`${seed}/client-${client}`);
    for (let number = 1; number <= requests; number++) {
      signal?.throwIfAborted();
      if (history.failures.length > 2 * clients) return;
      if (number > atLeast && clock.monotonic() - began > budgetMs) return;
      const changed = await step(sq, history, places, random, client, number);
      // What only it writes to is read before its next write there, which would hide the loss of this one.
      if (changed !== undefined && changed === places.own[client - 1]) {
        await history.note(changed, 'select', () => sq.select(changed));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, at) => one(at + 1)));
  for (const at of allPlaces(places)) {
    await history.note(at, 'select', () => sq.select(at));
  }
  return history;
}
