import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import { abortable } from './abortable.ts';
import { COMPRESSIONS, KEY_EXCHANGES } from './algorithms.ts';
import { authHandler, type Credentials } from './auth.ts';
import type { Deadline } from './deadline.ts';
import { closedFault, floodFault, protocolFault } from './faults.ts';
import type { Hop } from './hop.ts';
import { countIntake, type Intake } from './intake.ts';
import { type Life, watch } from './life.ts';
import { KEEPALIVE_COUNT, KEEPALIVE_INTERVAL_MS } from './options.ts';

/** An authenticated connection to one machine. */
export interface Link {
  readonly hop: Hop;
  readonly client: Client;
  /** Aborts when the connection is gone; the reason is a RanchError. */
  readonly down: AbortSignal;
  /** What arrives; whoever opens a channel tells what they take. */
  readonly intake: Intake;
  /** Resolves when more can be written: what was is on its way, or the connection is gone. */
  drained(): Promise<void>;
  /** Says goodbye and destroys the socket. */
  close(): void;
  /** Destroys the socket at once; who still waits for something gets `reason`. */
  abort(reason: RanchError): void;
}

/** How a machine's key is judged; throws what the user is told when it must not be trusted. */
export interface HostKeyCheck {
  /** In order of preference. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
  readonly check: (key: Buffer) => void;
}

/** What logging in needs besides a stream. */
export interface LinkOptions {
  readonly trust: HostKeyCheck;
  readonly credentials: Credentials;
  /** Bounds the time until we are logged in. */
  readonly deadline: Deadline;
  /** The connection to the jump host that carries the stream. */
  readonly beneath?: Intake;
}

/**
 * What a machine may send before it has let us in: sshd's greeting, keys and banner take a few KiB. Beyond it is not
 * an sshd, or means harm.
 */
const MAX_BYTES_BEFORE_LOGIN = 1024 * 1024;

/**
 * What may lie unread in all channels of one connection. ssh2 grants each channel a window of 2 MiB but does not stop
 * a machine that sends past it (its issue 1505), so that memory has no other bound.
 */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;

/**
 * What a machine may send that nobody wants: requests, notices, data for no channel. An honest one sends a few kB in
 * an hour. Each such request is answered: that takes 0.1 ms, and the answers wait in memory, ten times its size, while
 * the machine does not read.
 */
const MAX_STRAY_BYTES = 512 * 1024;

/** A connection that was told goodbye and does not go is destroyed after this long. */
const GOODBYE_MS = 200;

function configOf(stream: Duplex, hop: Hop, life: Life, options: LinkOptions): ConnectConfig {
  const { trust, credentials, deadline } = options;
  const give = (error: unknown): void => {
    life.fail(error instanceof RanchError ? error : protocolFault(hop, error));
  };
  return {
    sock: stream,
    username: hop.user,
    // The deadline bounds the handshake; ssh2's own timer would run on while a person types a passphrase.
    readyTimeout: 0,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { kex: KEY_EXCHANGES, compress: COMPRESSIONS, serverHostKey: [...trust.algorithms] },
    authHandler: authHandler(hop, credentials, deadline, give),
    hostVerifier: (key: Buffer) => {
      try {
        trust.check(key);
        return true;
      } catch (error) {
        give(error);
        return false;
      }
    },
  };
}

/** Counts what arrives, and ends a connection that sends more than anybody asked for. */
function guard(stream: Duplex, hop: Hop, life: Life, beneath?: Intake): Intake {
  const flood = (what: string, maxBytes: number): void => life.fail(floodFault(hop.name, what, maxBytes));
  const arrived = (total: number): void => {
    if (life.seen.stage === 'open') {
      if (intake.unread() > MAX_BACKLOG_BYTES) flood('what the host sends unasked', MAX_BACKLOG_BYTES);
      else if (intake.stray() > MAX_STRAY_BYTES) flood('what the host sends to nobody', MAX_STRAY_BYTES);
    } else if (total > MAX_BYTES_BEFORE_LOGIN) {
      flood('what the host says before login', MAX_BYTES_BEFORE_LOGIN);
    }
  };
  const intake = countIntake(stream, arrived, beneath);
  return intake;
}

/** Waits until a stream has sent what it holds, so that a host which does not read fills no memory. */
async function drain(stream: Duplex): Promise<void> {
  if (!stream.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stream.off('drain', go);
      stream.off('close', go);
      resolve();
    };
    stream.on('drain', go);
    stream.on('close', go);
  });
}

/**
 * Speaks SSH over `stream` until logged in. Every way in which ssh2 can end (some emit only `end` or `close`) settles
 * the promise. Throws the connecting codes; destroys the stream when it throws.
 */
export async function openLink(stream: Duplex, hop: Hop, options: LinkOptions): Promise<Link> {
  // ssh2 would wait for ever for the end of a stream that has ended already.
  if (stream.destroyed || !stream.writable) throw closedFault(hop, 'dialling', '');
  const client = new options.credentials.ssh2.Client();
  const life = watch(client, stream, hop);
  client.connect(configOf(stream, hop, life, options));
  const intake = guard(stream, hop, life, options.beneath);
  try {
    await abortable(abortable(life.ready, life.down, hop.name), options.deadline.signal, hop.name);
  } catch (error) {
    life.destroy();
    throw error;
  }
  const close = (): void => {
    life.end();
    client.end();
    setTimeout(life.destroy, GOODBYE_MS).unref();
  };
  return { hop, client, down: life.down, intake, drained: () => drain(stream), close, abort: life.fail };
}
