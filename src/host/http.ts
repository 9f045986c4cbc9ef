import { Buffer } from 'node:buffer';
import { RanchError } from '../domain/errors.ts';
import type { HttpReply, HttpRequest, Limits } from '../domain/http.ts';
import type { Clock, Shell } from '../domain/ports.ts';
import { decodeReply, encodeRequest, replyLength } from '../sq/wire.ts';

/**
 * One HTTP exchange with a port of the host's own loopback, through the connection. SQ is never reached from outside.
 * Throws `connection-refused`, `forwarding-forbidden`, `deadline`, `answer-too-large`, `sq-error`.
 */
export async function httpOver(
  shell: Shell,
  clock: Clock,
  port: number,
  request: HttpRequest,
  limits: Limits,
): Promise<HttpReply> {
  const place = `127.0.0.1:${port}`;
  const started = clock.monotonic();
  const stream = await shell.openTcp('127.0.0.1', port, limits);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    stream.write(encodeRequest(request));
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk));
      size += chunks.at(-1)?.length ?? 0;
      if (size > limits.maxBytes) {
        throw new RanchError({
          code: 'answer-too-large',
          place,
          message: `SQ sent more than ${limits.maxBytes} bytes`,
          remedy: 'Look whether SQ, and nothing else, listens on this port.',
        });
      }
      // Whole replies need not wait for the connection to be closed.
      if (chunks.length > 1) chunks.splice(0, chunks.length, Buffer.concat(chunks));
      const wanted = chunks[0] ? replyLength(chunks[0]) : undefined;
      if (wanted !== undefined && size >= wanted) break;
    }
    return decodeReply(Buffer.concat(chunks), clock.monotonic() - started, place);
  } finally {
    stream.destroy();
  }
}
