import { troubleOf } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Coordinate } from '../../sq/coordinate.ts';

/** What a client asked for; of a `select`, the text that came back. */
export type Action =
  | { readonly kind: 'update' | 'insert' | 'select'; readonly text: string }
  | { readonly kind: 'delete' };

/** One request of one client, with the moments between which SQ carried it out, in milliseconds of one clock. */
export interface Operation {
  readonly coordinate: Coordinate;
  readonly action: Action;
  readonly start: number;
  /** When its answer was there; undefined where none came: then it may have been carried out, or not, at any time since. */
  readonly end?: number;
}

/** Everything that clients did, to be judged afterwards. */
export interface History {
  readonly operations: readonly Operation[];
  /** What went wrong for clients, in words, in the order of time. */
  readonly failures: readonly string[];
  /**
   * Does a request and notes it; `action` where it changes something, while a read is noted with what `run` gives.
   * Rejects never: a request that fails is noted as one that was not acknowledged, and undefined comes back.
   */
  note(
    coordinate: Coordinate,
    action: Action | 'select',
    run: () => Promise<string>,
  ): Promise<string | undefined>;
}

/** A history that begins empty. */
export function newHistory(clock: Clock): History {
  const operations: Operation[] = [];
  const failures: string[] = [];
  return {
    operations,
    failures,
    async note(coordinate, action, run) {
      const start = clock.monotonic();
      try {
        const text = await run();
        const done: Action = action === 'select' ? { kind: 'select', text } : action;
        operations.push({ coordinate, action: done, start, end: clock.monotonic() });
        return text;
      } catch (error) {
        failures.push(troubleOf(error).message);
        // A read without an answer tells nothing of what is there.
        if (action !== 'select') operations.push({ coordinate, action, start });
        return undefined;
      }
    },
  };
}

/** The operations of each coordinate, in the order in which they began. */
export function byCoordinate(
  operations: readonly Operation[],
): ReadonlyMap<Coordinate, readonly Operation[]> {
  const found = new Map<Coordinate, Operation[]>();
  for (const operation of operations.toSorted((a, b) => a.start - b.start)) {
    const known = found.get(operation.coordinate);
    if (known) known.push(operation);
    else found.set(operation.coordinate, [operation]);
  }
  return found;
}
