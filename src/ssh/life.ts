import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { RanchError } from '../domain/errors.ts';
import { errnoOf, messageOf, numberIn, textIn } from './error-fields.ts';
import { authenticationFault, closedFault, errnoFault, protocolFault, type Stage } from './faults.ts';
import type { Hop } from './hop.ts';

/** What becomes of one ssh2 client: how far it has come, and why it ended. */
export interface Life {
  /** How far it has come, and what sshd said on the way. */
  readonly seen: { readonly stage: Stage; readonly banner: string };
  /** Resolves when we are logged in; never rejects. */
  readonly ready: Promise<void>;
  /** Aborts at the end, with a RanchError as reason. */
  readonly down: AbortSignal;
  /** Ends it for `error` and destroys the stream. */
  readonly fail: (error: RanchError) => void;
  /** Ends it as wished, without touching the stream. */
  readonly end: () => void;
  /** Destroys the stream. */
  readonly destroy: () => void;
}

/** Of a banner only the beginning is kept, for errors. */
const MAX_BANNER = 400;

/** ssh2 says these and goes on by itself with the next key or method. */
const HARMLESS: readonly string[] = ['agent', 'client-authentication'];

/** RFC 4253, 11.1: how sshd ends a login that was tried too often (protocol error, no more methods). */
const LOGIN_ENDED: readonly (number | undefined)[] = [2, 14];

/** What an error event of ssh2 means: by its level, its disconnect code or its errno, never by its text. */
function faultOf(hop: Hop, stage: Stage, error: unknown, banner: string): RanchError {
  if (stage === 'open') return closedFault(hop, stage, banner);
  const disconnect = numberIn(error, 'code');
  if (disconnect !== undefined) {
    const refused = stage === 'authenticating' && LOGIN_ENDED.includes(disconnect);
    return refused ? authenticationFault(hop, [messageOf(error)], []) : closedFault(hop, 'dialling', banner);
  }
  if (errnoOf(error) !== '') return errnoFault(hop, errnoOf(error), error);
  const level = textIn(error, 'level');
  // Before a greeting ssh2 calls a plain hang-up a protocol error; sshd's MaxStartups looks like that.
  if (level === 'protocol' && stage === 'dialling') return closedFault(hop, stage, banner);
  return protocolFault(hop, error);
}

/** Follows `client` through its life. Attach before `connect`. */
export function watch(client: Client, stream: Duplex, hop: Hop): Life {
  const down = new AbortController();
  // All that is done over the connection listens.
  setMaxListeners(Number.POSITIVE_INFINITY, down.signal);
  const seen = { stage: 'dialling' as Stage, banner: '' };
  const destroy = (): void => {
    client.destroy();
    stream.destroy();
  };
  const end = (): void => {
    if (!down.signal.aborted) down.abort(closedFault(hop, seen.stage, seen.banner));
  };
  const fail = (error: RanchError): void => {
    if (!down.signal.aborted) down.abort(error);
    destroy();
  };
  const ended = (): void => fail(closedFault(hop, seen.stage, seen.banner));
  client.on('handshake', () => {
    // It comes again whenever keys are renewed.
    if (seen.stage === 'dialling') seen.stage = 'authenticating';
  });
  client.on('banner', (text) => {
    seen.banner = (seen.banner + text).slice(0, MAX_BANNER);
  });
  client.on('error', (error: unknown) => {
    if (HARMLESS.includes(textIn(error, 'level'))) return;
    fail(faultOf(hop, seen.stage, error, seen.banner));
  });
  client.on('end', ended);
  client.on('close', ended);
  const ready = new Promise<void>((resolve) => client.once('ready', resolve)).then(() => {
    seen.stage = 'open';
  });
  return { seen, ready, down: down.signal, fail, end, destroy };
}
