import type { Duplex } from 'node:stream';
import { RanchError } from '../domain/errors.ts';
import { abortable } from './abortable.ts';
import type { Credentials } from './auth.ts';
import { type Deadline, startDeadline, startPart } from './deadline.ts';
import { dial, patientFor } from './dial.ts';
import type { Gate } from './gate.ts';
import type { Hop } from './hop.ts';
import type { HostKeys } from './host-keys.ts';
import type { Intake } from './intake.ts';
import type { Jumps } from './jumps.ts';
import { type HostKeyCheck, type Link, openLink } from './link.ts';
import type { Route } from './route.ts';
import { forward } from './tunnel.ts';

/** What connections of one transport share. */
export interface Network {
  readonly gate: Gate;
  readonly jumps: Jumps;
  readonly hostKeys: HostKeys;
  readonly credentials: () => Promise<Credentials>;
}

/** How long a jump host may take to let us in, whatever the deadlines of those who wait for it: all share it. */
const JUMP_DEADLINE_MS = 30_000;

/**
 * How many ConnectTimeouts a login may take after the TCP connection, people aside: it needs six round trips and 30 ms of
 * the host's CPU. A whole visit has a quarter of an hour, which a host that takes connections and says nothing must not use up.
 */
const LOGIN_TIMEOUTS = 3;

/** A stream to the last hop of a route, and how to let go of the jump connection beneath it. */
interface Dialled {
  readonly stream: Duplex;
  readonly release: () => void;
  /** What arrives on the jump connection. */
  readonly beneath?: Intake;
}

/** Along which way, within which time, and how the key at its end is judged (known_hosts where not given). */
export interface Attempt {
  /** Jump hosts in the order of travel, the target last. */
  readonly route: Route;
  readonly deadline: Deadline;
  readonly trust?: HostKeyCheck;
}

function targetOf(route: Route): Hop {
  const target = route.at(-1);
  if (target === undefined) throw new Error('a route has at least one hop');
  return target;
}

/** What a jump host says of a port it cannot reach is the target's trouble. */
function seenFrom(via: Hop, target: Hop, error: unknown): unknown {
  if (!(error instanceof RanchError) || error.code !== 'connection-refused') return error;
  if (error.place !== via.name) return error;
  const { code, message, remedy } = error;
  return new RanchError(
    { code, place: target.name, message: `behind ${via.name}: ${message}`, remedy },
    { cause: error },
  );
}

async function dialThrough(route: Route, network: Network, signal: AbortSignal): Promise<Dialled> {
  const target = targetOf(route);
  const before = route.slice(0, -1);
  const via = before.at(-1);
  if (via === undefined) return { stream: await dial(target, signal), release: () => undefined };
  const way: Route = [...before.slice(0, -1), via];
  const held = network.jumps.hold(way, () => openJump(way, network));
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    held.then(
      (hold) => hold.release(),
      () => undefined,
    );
  };
  try {
    const { link } = await abortable(held, signal, target.name);
    const opened = patientFor(target, forward(link, target.address, target.port));
    const stream = await abortable(abortable(opened, link.down, via.name), signal, target.name);
    return { stream, release, beneath: link.intake };
  } catch (error) {
    release();
    throw seenFrom(via, target, error);
  }
}

async function shake(
  { stream, release, beneath }: Dialled,
  network: Network,
  attempt: Attempt,
): Promise<Link> {
  const target = targetOf(attempt.route);
  const deadline = startPart(
    attempt.deadline,
    LOGIN_TIMEOUTS * target.connectTimeoutMs,
    target.name,
    'logging in',
  );
  try {
    const link = await openLink(stream, target, {
      trust: attempt.trust ?? (await network.hostKeys.checkFor(target)),
      credentials: await network.credentials(),
      deadline,
      ...(beneath && { beneath }),
    });
    link.down.addEventListener('abort', release, { once: true });
    return link;
  } catch (error) {
    stream.destroy();
    release();
    throw error;
  } finally {
    deadline.clear();
  }
}

async function openJump(route: Route, network: Network): Promise<Link> {
  const deadline = startDeadline(JUMP_DEADLINE_MS, targetOf(route).name, 'connecting to the jump host');
  try {
    const dialled = await dialThrough(route, network, deadline.signal);
    return await shake(dialled, network, { route, deadline });
  } finally {
    deadline.clear();
  }
}

/** One attempt to connect. Throws the connecting codes; nothing is left open when it throws. */
export function connectOnce(network: Network, attempt: Attempt): Promise<Link> {
  const { route, deadline } = attempt;
  // ssh2 loads while the network answers; a failure to load is told where it is waited for.
  network.credentials().catch(() => undefined);
  const passing = network.gate.pass({
    queued: (turn) => void deadline.standStill(turn),
    dial: () => dialThrough(route, network, deadline.signal),
    shake: (dialled) => shake(dialled, network, attempt),
  });
  return abortable(passing, deadline.signal, targetOf(route).name);
}
