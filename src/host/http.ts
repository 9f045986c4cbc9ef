import type { Duplex } from 'node:stream';
import type { HttpReply, HttpRequest, Limits } from '../domain/http.ts';
import type { Clock, Shell } from '../domain/ports.ts';
import { encodeRequest, incomingReply } from '../sq/wire.ts';

/**
 * One HTTP exchange over a connection that is open, which it ends. `place` is `host:port`, for errors. Throws `deadline`,
 * `connection-lost` where the host is gone, `answer-too-large`, `sq-error`.
 */
export async function exchangeOver(
  stream: Duplex,
  clock: Clock,
  request: HttpRequest,
  { maxBytes, keepBytes }: Limits,
  place: string,
): Promise<HttpReply> {
  const started = clock.monotonic();
  const incoming = incomingReply(maxBytes, place, keepBytes);
  try {
    stream.write(encodeRequest(request));
    // A whole reply need not wait for the connection to be closed.
    for await (const piece of stream) if (incoming.take(piece)) break;
    return incoming.decode(clock.monotonic() - started);
  } finally {
    stream.destroy();
  }
}

/**
 * One HTTP exchange with a port of the host's own loopback, through the connection. SQ is never reached from outside.
 * Throws `connection-refused`, `forwarding-forbidden`, and what `exchangeOver` throws.
 */
export async function httpOver(
  shell: Shell,
  clock: Clock,
  port: number,
  request: HttpRequest,
  limits: Limits,
): Promise<HttpReply> {
  const started = clock.monotonic();
  const stream = await shell.openTcp('127.0.0.1', port, limits);
  const reply = await exchangeOver(stream, clock, request, limits, `127.0.0.1:${port}`);
  return { ...reply, tookMs: clock.monotonic() - started };
}
