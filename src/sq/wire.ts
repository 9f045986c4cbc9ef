import { Buffer } from 'node:buffer';
import { RanchError } from '../domain/errors.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';

const HEAD_END = '\r\n\r\n';

/**
 * A request as the bytes to send. Always HTTP/1.1: SQ takes the end of an older request line for a part of the last
 * parameter. A key beyond ASCII goes as UTF-8, as SQ reads it.
 */
export function encodeRequest(request: HttpRequest): Buffer {
  const length = request.body?.length ?? 0;
  const headers = { host: 'localhost', ...request.headers, 'content-length': String(length) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${request.method} ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), request.body ?? new Uint8Array()]);
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the body begins. */
  readonly size: number;
}

function headOf(bytes: Buffer, ended: boolean): Head | undefined {
  const end = bytes.indexOf(HEAD_END);
  // SQ 0.5.1 answers a method it does not know with a status line and nothing after it.
  if (end < 0 && !ended) return undefined;
  const [first = '', ...lines] = bytes
    .toString('latin1', 0, end < 0 ? bytes.length : end)
    .trimEnd()
    .split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(status),
    headers: Object.fromEntries(headers),
    size: end < 0 ? bytes.length : end + HEAD_END.length,
  };
}

function bodyLength(head: Head): number {
  const length = head.headers['content-length'];
  return length !== undefined && /^\d{1,12}$/.test(length) ? Number(length) : 0;
}

/**
 * How many bytes the whole reply has; undefined while that cannot be told. SQ closes after each reply, but whoever
 * has them all need not wait for that.
 */
export function replyLength(bytes: Buffer): number | undefined {
  const head = headOf(bytes, false);
  return head === undefined ? undefined : head.size + bodyLength(head);
}

/**
 * Reads what came until SQ closed. Throws `connection-lost` when nothing came or the reply was cut short, and
 * `sq-error` when it is not HTTP. `place` is `host:port`.
 */
export function decodeReply(bytes: Buffer, tookMs: number, place: string): HttpReply {
  const head = headOf(bytes, true);
  const wanted = head === undefined ? 0 : head.size + bodyLength(head);
  if (bytes.length === 0 || bytes.length < wanted) {
    throw new RanchError({
      code: 'connection-lost',
      place,
      message: `SQ closed after ${bytes.length} bytes of ${wanted === 0 ? 'a' : `a ${wanted}-byte`} reply`,
      remedy: 'Look whether SQ is still running and read its log.',
    });
  }
  if (head === undefined) {
    throw new RanchError({
      code: 'sq-error',
      place,
      message: 'what answers on this port does not speak HTTP',
      remedy: 'Check that SQ, and nothing else, listens on this port.',
    });
  }
  return { status: head.status, headers: head.headers, body: bytes.subarray(head.size, wanted), tookMs };
}
