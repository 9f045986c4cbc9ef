import type { Duplex } from 'node:stream';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import { abortable } from './abortable.ts';
import { authHandler, type Credentials } from './auth.ts';
import type { Deadline } from './deadline.ts';
import { errnoOf } from './dial.ts';
import {
  authenticationFault,
  closedFault,
  errnoFault,
  floodFault,
  protocolFault,
  type Stage,
} from './faults.ts';
import type { Hop } from './hop.ts';
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
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
  readonly check: (key: Buffer) => void;
}

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

/** Of a banner only the beginning is kept, for errors. */
const MAX_BANNER = 400;

/** A connection that was told goodbye and does not go is destroyed after this long. */
const GOODBYE_MS = 200;

interface Ssh2Error extends Error {
  readonly level?: string;
}

/** RFC 4253: SSH_DISCONNECT_TOO_MANY_CONNECTIONS is 12; 2 and 14 are how sshd ends a failed login. */
const LOGIN_ENDED: readonly number[] = [2, 14];

function faultOf(hop: Hop, stage: Stage, error: Ssh2Error, banner: string): RanchError {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'number') {
    return stage === 'authenticating' && LOGIN_ENDED.includes(code)
      ? authenticationFault(hop, [error.message], [])
      : closedFault(hop, stage, banner);
  }
  if (errnoOf(error) !== '') return errnoFault(hop, errnoOf(error), error);
  if (error.level === 'client-timeout') return closedFault(hop, 'open', banner);
  if (error.level === 'handshake') return protocolFault(hop, error);
  if (error.level === 'protocol' && stage === 'dialling') return closedFault(hop, stage, banner);
  return stage === 'open' ? closedFault(hop, stage, banner) : protocolFault(hop, error);
}

/** ssh2 says these and goes on by itself with the next key or method. */
const HARMLESS: readonly (string | undefined)[] = ['agent', 'client-authentication'];

/**
 * Speaks SSH over `stream` until logged in. Every way in which ssh2 can end (some emit only `end` or `close`) settles
 * the promise. Throws the connecting codes; destroys the stream when it throws.
 */
export async function openLink(
  stream: Duplex,
  hop: Hop,
  { trust, credentials, deadline }: LinkOptions,
): Promise<Link> {
  const client = new credentials.ssh2.Client();
  const down = new AbortController();
  const backlogs = new Set<() => number>();
  let stage: Stage = 'dialling';
  let banner = '';
  let received = 0;
  const destroy = (): void => {
    client.destroy();
    stream.destroy();
  };
  const fail = (error: RanchError): void => {
    if (!down.signal.aborted) down.abort(error);
    destroy();
  };
  const guard = (chunk: Buffer): void => {
    received += chunk.length;
    if (stage !== 'open' && received > MAX_BYTES_BEFORE_LOGIN) {
      fail(floodFault(hop.name, 'what the host says before login', MAX_BYTES_BEFORE_LOGIN));
    } else if ([...backlogs].reduce((sum, backlog) => sum + backlog(), 0) > MAX_BACKLOG_BYTES) {
      fail(floodFault(hop.name, 'what the host sends unasked', MAX_BACKLOG_BYTES));
    }
  };
  const ready = new Promise<void>((resolve) => client.once('ready', resolve));
  client.on('error', (error: Ssh2Error) => {
    if (!HARMLESS.includes(error.level)) fail(faultOf(hop, stage, error, banner));
  });
  client.on('handshake', () => {
    if (stage !== 'open') stage = 'authenticating';
  });
  client.on('banner', (text) => {
    banner = (banner + text).slice(0, MAX_BANNER);
  });
  client.on('end', () => fail(closedFault(hop, stage, banner)));
  client.on('close', () => fail(closedFault(hop, stage, banner)));
  client.connect({
    sock: stream,
    username: hop.user,
    readyTimeout: 0,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { serverHostKey: [...trust.algorithms] },
    authHandler: authHandler(hop, credentials, deadline, (error) => {
      fail(error instanceof RanchError ? error : protocolFault(hop, error as Error));
    }),
    hostVerifier: (key: Buffer) => {
      try {
        trust.check(key);
        return true;
      } catch (error) {
        fail(error instanceof RanchError ? error : protocolFault(hop, error as Error));
        return false;
      }
    },
  });
  stream.on('data', guard);
  try {
    await abortable(abortable(ready, down.signal, hop.name), deadline.signal, hop.name);
  } catch (error) {
    destroy();
    throw error;
  }
  stage = 'open';
  const close = (): void => {
    if (!down.signal.aborted) down.abort(closedFault(hop, 'open', ''));
    client.end();
    setTimeout(destroy, GOODBYE_MS).unref();
  };
  return { hop, client, down: down.signal, backlogs, close, abort: fail };
}
