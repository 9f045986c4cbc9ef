import { excerpt } from '../../domain/excerpt.ts';
import type { Action, Operation } from './history.ts';

/** How far a search has come: which operations are placed, and what the scroll holds after them. */
interface Placing {
  /** All before this index are placed. */
  readonly first: number;
  /** Those placed beyond it, in order. */
  readonly beyond: readonly number[];
  readonly text: string;
  readonly placed: number;
}

/** What the scroll holds after an action; undefined where it cannot have happened then. */
function after(action: Action, text: string): string | undefined {
  switch (action.kind) {
    case 'update':
      return action.text;
    case 'insert':
      return text + action.text;
    case 'delete':
      return '';
    case 'select':
      return action.text === text ? text : undefined;
  }
}

function place(placing: Placing, index: number, text: string): Placing {
  const beyond = [...placing.beyond, index].sort((a, b) => a - b);
  let { first } = placing;
  while (beyond[0] === first) {
    beyond.shift();
    first++;
  }
  return { first, beyond, text, placed: placing.placed + 1 };
}

/** Those that may come next: begun before any other of those that remain had been answered. */
function candidates(operations: readonly Operation[], { first, beyond }: Placing): readonly number[] {
  const found: number[] = [];
  let horizon = Number.POSITIVE_INFINITY;
  for (let index = first; index < operations.length; index++) {
    const operation = operations[index];
    if (!operation || beyond.includes(index)) continue;
    if (operation.start > horizon) break;
    horizon = Math.min(horizon, operation.end ?? Number.POSITIVE_INFINITY);
    found.push(index);
  }
  // A later one can have been answered before an earlier one that is in the list had begun.
  return found.filter((index) => (operations[index]?.start ?? 0) <= horizon);
}

function isReadOf(operation: Operation | undefined, text: string): boolean {
  return operation?.action.kind === 'select' && operation.action.text === text;
}

function isOver(operations: readonly Operation[], { first, beyond }: Placing): boolean {
  return operations.every(({ end }, index) => end === undefined || index < first || beyond.includes(index));
}

/** Where a search that fails got stuck: the read that no order explains. */
function culprit(operations: readonly Operation[], deepest: Placing): Operation | undefined {
  return candidates(operations, deepest)
    .flatMap((index) => operations[index] ?? [])
    .filter(({ action }) => action.kind === 'select')
    .toSorted((a, b) => (a.end ?? 0) - (b.end ?? 0))[0];
}

/** Why a read is impossible, in words; the words are for people, the search has judged. */
function explain(operations: readonly Operation[], read: Operation): string {
  if (read.action.kind !== 'select') return 'no order explains what was read';
  const got = read.action.text;
  const what = got === '' ? 'nothing' : `"${excerpt(got, 24)}"`;
  const writes = operations.filter(({ action }) => action.kind !== 'select');
  const known = got === '' || writes.some(({ action }) => 'text' in action && action.text === got);
  if (!known) return `read ${what}, which nobody wrote`;
  const own = writes.filter(({ action }) => ('text' in action ? action.text : '') === got);
  const isLater = (write: Operation): boolean =>
    own.every(({ end }) => end !== undefined && end < write.start) &&
    write.end !== undefined &&
    write.end < read.start;
  const last = writes.filter(isLater).toSorted((a, b) => (b.end ?? 0) - (a.end ?? 0))[0];
  if (last?.end === undefined) return `read ${what}: no one order of the writes gives all reads`;
  const wrote = 'text' in last.action ? `"${excerpt(last.action.text, 24)}"` : 'a delete';
  const ago = Math.max(1, Math.round(read.start - last.end));
  return `read ${what}, ${ago} ms after ${wrote} was acknowledged`;
}

/**
 * Whether a scroll behaved as one place that holds one text: whether there is an order of all that was done to it, in
 * which each thing happens between its start and its end and each read gives what was written last (it is
 * linearizable). Undefined where there is, else words about the first read that has no place in any. Of writes that were
 * never acknowledged each may have happened or not.
 *
 * A search as Wing and Gong do it, which remembers where it has been as Lowe does: exact, and fast for as long as only a
 * few clients share a scroll. `operations` are those of one coordinate, in the order of their start; it held `initial`.
 */
export function judgeRegister(operations: readonly Operation[], initial = ''): string | undefined {
  const been = new Set<string>();
  const open: Placing[] = [{ first: 0, beyond: [], text: initial, placed: 0 }];
  let deepest = open[0];
  for (let here = open.pop(); here; here = open.pop()) {
    if (isOver(operations, here)) return undefined;
    if (here.placed > (deepest?.placed ?? 0)) deepest = here;
    const next = candidates(operations, here);
    // A read of what is there now changes nothing: to place it at once rules nothing out.
    const fits = next.find((index) => isReadOf(operations[index], here.text));
    for (const index of fits === undefined ? next : [fits]) {
      const operation = operations[index];
      const text = operation && after(operation.action, here.text);
      if (text === undefined) continue;
      const placed = place(here, index, text);
      const key = `${placed.first} ${placed.beyond.join()} ${placed.text}`;
      if (been.has(key)) continue;
      been.add(key);
      open.push(placed);
    }
  }
  const read = deepest && culprit(operations, deepest);
  return read ? explain(operations, read) : 'no order of the writes explains what was read';
}
