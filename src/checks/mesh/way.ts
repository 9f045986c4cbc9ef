import pLimit from 'p-limit';
import { RanchError } from '../../domain/errors.ts';
import type { HttpReply, HttpRequest, Limits } from '../../domain/http.ts';
import type { Clock, Shell } from '../../domain/ports.ts';
import { exchangeOver } from '../../host/http.ts';
import { isAskedByProgram, reachByProgram } from '../../host/reach.ts';

/**
 * Channels of one connection at once. sshd allows ten sessions a connection (MaxSessions) for programs, and any number of
 * forwarded connections; more would only wait for each other at the servers that are asked.
 */
const CHANNELS_AT_ONCE = 8;

/** What came back, and how: `forwarding`, or by which program of the host. */
export interface Answered {
  readonly reply: HttpReply;
  readonly via: string;
}

/** How servers are asked as one host sees them. */
export interface Way {
  /**
   * One HTTP exchange with `address:port` as seen from the host: through its sshd, and where that does not forward, by a
   * program of the host's own (see `isAskedByProgram`). Throws `connection-refused`, `name-unknown`, `unreachable`
   * where nothing takes the connection, `forwarding-forbidden` where there is no way to ask, `deadline` where it is taken
   * and no answer comes, `sq-error`, `connection-lost`, `answer-too-large`.
   */
  ask(
    address: string,
    port: number,
    request: HttpRequest,
    limits: Limits,
    signal?: AbortSignal,
  ): Promise<Answered>;
}

/** Whoever sees this address sees itself in it: another host would ask its own SQ. */
const ITSELF: readonly string[] = ['localhost', '127.0.0.1', '127.0.1.1', '::1', '0.0.0.0'];

/** What may be sent to a host as an address: never the beginning of an option. */
export function isUsableElsewhere(address: string): boolean {
  return /^[A-Za-z0-9][\w.:-]{0,252}$/.test(address) && !ITSELF.includes(address.toLowerCase());
}

/** The opening of a connection that took too long is packets that vanish, not an SQ that hangs. */
function unanswered(error: unknown, place: string): unknown {
  if (!(error instanceof RanchError) || error.code !== 'deadline') return error;
  return new RanchError(
    {
      code: 'unreachable',
      place: error.place,
      message: `nothing answered a connection to ${place}`,
      remedy: 'Look at the network between the two (route, VPN, firewall).',
    },
    { cause: error },
  );
}

/** The way from a host, over the connection that is open to it. */
export function wayFrom(host: string, shell: Shell, clock: Clock): Way {
  const channels = pLimit(CHANNELS_AT_ONCE);
  const forwarded = async (
    address: string,
    port: number,
    request: HttpRequest,
    limits: Limits,
  ): Promise<Answered> => {
    const place = `${address}:${port}`;
    const stream = await shell.openTcp(address, port, limits).catch((error: unknown) => {
      throw unanswered(error, place);
    });
    const reply = await exchangeOver(stream, clock, request, limits, place);
    return { reply, via: 'forwarding' };
  };
  return {
    ask: (address, port, request, limits, signal) =>
      channels(async () => {
        signal?.throwIfAborted();
        try {
          return await forwarded(address, port, request, limits);
        } catch (error) {
          const forbidden = error instanceof RanchError && error.code === 'forwarding-forbidden';
          if (!forbidden || !isAskedByProgram(request)) throw error;
          const { reply, program } = await reachByProgram(
            shell,
            host,
            address,
            port,
            request,
            limits,
            signal,
          );
          return { reply, via: program };
        }
      }),
  };
}
