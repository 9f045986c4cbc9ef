import { Duplex } from 'node:stream';
import type { ClientCallback, ClientChannel } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import type { Limits } from '../domain/http.ts';
import { abortable } from './abortable.ts';
import { askFor } from './asking.ts';
import { startDeadline } from './deadline.ts';
import { numberIn } from './error-fields.ts';
import { floodFault, packetFault } from './faults.ts';
import type { Link } from './link.ts';
import { isSound } from './sound-channel.ts';

/** RFC 4254, 5.1: why a channel was not opened. */
const PROHIBITED = 1;
const CONNECT_FAILED = 2;

function refusal(link: Link, target: string, error: Error): RanchError {
  const reason = numberIn(error, 'reason');
  const place = link.hop.name;
  if (reason === PROHIBITED) {
    return new RanchError(
      {
        code: 'forwarding-forbidden',
        place,
        message: `sshd does not forward to ${target}`,
        remedy: 'Allow it in sshd_config (AllowTcpForwarding, PermitOpen) or in authorized_keys.',
      },
      { cause: error },
    );
  }
  if (reason !== CONNECT_FAILED) return elsewhere(place, target, 'connection-refused', error.message, error);
  const { code, says } = CONNECT_FAULTS.find(({ text }) => error.message.includes(text)) ?? REFUSED;
  return elsewhere(place, target, code, says, error);
}

interface ConnectFault {
  readonly code: keyof typeof REMEDIES;
  readonly says: string;
}

const REFUSED: ConnectFault = { code: 'connection-refused', says: 'nothing answers there' };

/**
 * What OpenSSH's sshd says of a connection it could not make: the words of its system, always in English; `open failed`
 * where it could not even begin.
 */
const CONNECT_FAULTS: readonly (ConnectFault & { readonly text: string })[] = [
  ...['Name or service not known', 'failure in name resolution', 'No address associated', 'unknown host'].map(
    (text) => ({ text, code: 'name-unknown' as const, says: 'the name is unknown there' }),
  ),
  ...['No route to host', 'Network is unreachable', 'Connection timed out', 'open failed'].map((text) => ({
    text,
    code: 'unreachable' as const,
    says: 'no way leads there',
  })),
];

const REMEDIES = {
  'connection-refused': 'Does the server run and listen on that address and port?',
  'name-unknown': 'Give an address that this host knows too, or add the name to its /etc/hosts.',
  unreachable: 'Look at the network between the two (route, VPN, firewall).',
} as const;

function elsewhere(
  place: string,
  target: string,
  code: keyof typeof REMEDIES,
  why: string,
  cause: Error,
): RanchError {
  const message = `${target}, as seen from the host: ${why}`;
  return new RanchError({ code, place, message, remedy: REMEDIES[code] }, { cause });
}

/** Opens direct-tcpip from the connection's host; the bare channel, for a jump. Throws like `Shell.openTcp`. */
export function forward(link: Link, host: string, port: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const opened: ClientCallback = (error, channel) => {
      if (error) reject(refusal(link, `${host}:${port}`, error));
      else if (isSound(channel)) resolve(channel);
      else {
        channel.destroy();
        reject(packetFault(link.hop, `${host}:${port}`));
      }
    };
    askFor(link, (client) => client.forwardOut('127.0.0.1', 0, host, port, opened), reject);
  });
}

/** A channel as a stream that ends with an error when the connection goes, time is over, or too much arrives. */
class Tunnel extends Duplex {
  readonly #channel: ClientChannel;
  readonly #over: () => void;

  constructor(channel: ClientChannel, maxBytes: number, { hop: { name: place }, intake }: Link) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    this.#over = intake.follow(channel);
    let bytes = 0;
    channel.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      bytes += chunk.length;
      if (bytes > maxBytes) this.destroy(floodFault(place, 'what came through the tunnel', maxBytes));
      else if (!this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('error', (error: Error) => this.destroy(error));
    channel.once('close', () => {
      if (!this.readableEnded && !this.destroyed) this.push(null);
    });
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#over();
    this.#channel.destroy();
    done(error);
  }

  // What node:http calls on a socket; none of it means anything on a channel.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/**
 * Opens a TCP connection as seen from the host. `limits.deadlineMs` bounds the whole life of the stream, `maxBytes`
 * what may be received. Throws `connection-refused`, `forwarding-forbidden`, `deadline`.
 */
export async function openTunnel(link: Link, host: string, port: number, limits: Limits): Promise<Duplex> {
  const place = link.hop.name;
  const deadline = startDeadline(limits.deadlineMs, place, `the connection to ${host}:${port}`);
  try {
    const opened = forward(link, host, port);
    const channel = await abortable(abortable(opened, link.down, place), deadline.signal, place).catch(
      (error) => {
        opened.then(
          (late) => late.destroy(),
          () => undefined,
        );
        throw error;
      },
    );
    const tunnel = new Tunnel(channel, limits.maxBytes, link);
    const forget = link.intake.backlog(() => channel.readableLength);
    const ended = (event: Event): void => {
      const { reason } = event.target as AbortSignal;
      tunnel.destroy(reason);
    };
    for (const bound of [deadline.signal, link.down]) bound.addEventListener('abort', ended, { once: true });
    tunnel.once('close', () => {
      deadline.clear();
      forget();
      link.down.removeEventListener('abort', ended);
    });
    return tunnel;
  } catch (error) {
    deadline.clear();
    throw error;
  }
}
