import { Buffer } from 'node:buffer';
import pLimit from 'p-limit';
import type { ScrollDifference } from '../../domain/content.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { byCoordinate, differences, hashes } from '../../sq/differences.ts';
import { parseDelta, parseScrollBytes, parseStatus } from '../../sq/replies.ts';
import { deltaRequest, selectRequest, statusRequest } from '../../sq/requests.ts';
import type { PhextServer } from './server.ts';

/**
 * Requests at once over one connection. SQ answers one after the other whatever is asked (it has one lock), so that
 * more would only wait there; these few hide the way to the host.
 */
const READS_AT_ONCE = 12;

/** Scrolls by coordinate. */
export type Scrolls = ReadonlyMap<Coordinate, Uint8Array>;

/** What was read of a phext through the API. */
export interface ReadThrough {
  /** What SQ held when it was begun, told by one request: all of one moment. */
  readonly held: Scrolls;
  /** From what was expected to what is held. */
  readonly differences: readonly ScrollDifference[];
  /** Scrolls that `select` gives otherwise than they are held, though nobody wrote them meanwhile. */
  readonly misread: readonly Coordinate[];
  /** Scrolls that clients wrote while it was read. */
  readonly written: readonly Coordinate[];
  /** Connections since SQ started that were not this visit's, until the end of this; each can have written one scroll. */
  readonly others: number;
  /** How long each lookup took, in milliseconds, shortest first. */
  readonly times: readonly number[];
}

/**
 * What SQ holds of a phext at one moment, in one request that brings only what differs from `expected`. Never asks for
 * the `toc`, which ends some builds of 0.5.2 for good.
 */
export async function heldNow(
  { ask, target, place }: Pick<PhextServer, 'ask' | 'target' | 'place'>,
  expected: Scrolls,
): Promise<Scrolls> {
  const delta = parseDelta(await ask(deltaRequest(target, await hashes(expected))), place);
  const held = new Map(expected);
  for (const coordinate of delta.missing) held.delete(coordinate);
  for (const [coordinate, bytes] of byCoordinate(delta.differing)) held.set(coordinate, bytes);
  return held;
}

function same(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  const none = new Uint8Array();
  return Buffer.compare(left ?? none, right ?? none) === 0;
}

/** Reads every scroll on its own and compares it, byte by byte; gives those that are others. */
async function readEach(
  { ask, target, place }: PhextServer,
  held: Scrolls,
  coordinates: Iterable<Coordinate>,
  times: number[],
  signal?: AbortSignal,
): Promise<readonly Coordinate[]> {
  const limit = pLimit(READS_AT_ONCE);
  const others: Coordinate[] = [];
  const read = async (coordinate: Coordinate): Promise<void> => {
    signal?.throwIfAborted();
    const reply = await ask(selectRequest(target, coordinate));
    times.push(reply.tookMs);
    if (!same(parseScrollBytes(reply, place), held.get(coordinate))) others.push(coordinate);
  };
  try {
    await Promise.all(Array.from(coordinates, (coordinate) => limit(() => read(coordinate))));
  } finally {
    limit.clearQueue();
  }
  return others;
}

/**
 * Reads a whole phext through the API: what is held, by one request, and then every coordinate on its own. A scroll that
 * comes otherwise than it was held was either written meanwhile, which a second look at what is held shows, or SQ gives
 * back another text than it holds.
 */
export async function readThrough(
  server: PhextServer,
  expected: Scrolls,
  signal?: AbortSignal,
): Promise<ReadThrough> {
  const { ask, target, place } = server;
  const held = await heldNow(server, expected);
  const times: number[] = [];
  const other = await readEach(server, held, held.keys(), times, signal);
  let misread: readonly Coordinate[] = [];
  let written: readonly Coordinate[] = [];
  if (other.length > 0) {
    const after = await heldNow(server, held);
    written = other.filter((coordinate) => !same(held.get(coordinate), after.get(coordinate)));
    const still = other.filter((coordinate) => same(held.get(coordinate), after.get(coordinate)));
    misread = await readEach(server, after, still, [], signal);
  }
  const { connection } = parseStatus(await ask(statusRequest(target)), place);
  return {
    held,
    differences: differences(expected, held),
    misread,
    written,
    others: Math.max(0, connection - server.asked()),
    times: times.sort((a, b) => a - b),
  };
}

/** The middle and the 95th percentile of sorted times. */
export function latencyOf(times: readonly number[]): { readonly medianMs: number; readonly p95Ms: number } {
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { medianMs: at(0.5), p95Ms: at(0.95) };
}
