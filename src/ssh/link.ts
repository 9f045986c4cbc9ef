import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import { abortable } from './abortable.ts';
import { authHandler, type Credentials } from './auth.ts';
import type { Deadline } from './deadline.ts';
import { closedFault, floodFault, protocolFault } from './faults.ts';
import type { Hop } from './hop.ts';
import { type Life, watch } from './life.ts';
import { KEEPALIVE_COUNT, KEEPALIVE_INTERVAL_MS } from './options.ts';

/** An authenticated connection to one machine. */
export interface Link {
  readonly hop: Hop;
  readonly client: Client;
  /** Aborts when the connection is gone; the reason is a RanchError. */
  readonly down: AbortSignal;
  /** Bytes received and waiting to be read, of all channels: reported by those who open them. */
  readonly backlogs: Set<() => number>;
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
    algorithms: { serverHostKey: [...trust.algorithms] },
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

/** Ends a connection that sends more than anybody asked for. */
function guard(stream: Duplex, hop: Hop, life: Life, backlogs: ReadonlySet<() => number>): void {
  let received = 0;
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (life.seen.stage !== 'open' && received > MAX_BYTES_BEFORE_LOGIN) {
      life.fail(floodFault(hop.name, 'what the host says before login', MAX_BYTES_BEFORE_LOGIN));
      return;
    }
    let unread = 0;
    for (const backlog of backlogs) unread += backlog();
    if (unread > MAX_BACKLOG_BYTES) {
      life.fail(floodFault(hop.name, 'what the host sends unasked', MAX_BACKLOG_BYTES));
    }
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
  const backlogs = new Set<() => number>();
  const life = watch(client, stream, hop);
  client.connect(configOf(stream, hop, life, options));
  guard(stream, hop, life, backlogs);
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
  return { hop, client, down: life.down, backlogs, close, abort: life.fail };
}
