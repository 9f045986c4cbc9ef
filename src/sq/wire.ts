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
  /** Where the reply ends; undefined: where the connection does. */
  readonly length: number | undefined;
}

/** The one reply of SQ whose head has no end: what 0.5.1 says to a method it does not know. */
const BARE_REFUSAL = /^HTTP\/1\.1 4\d\d [^\r\n]*\r\n$/;

/** Undefined while the head is not whole, and for what is not HTTP. */
function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(HEAD_END);
  const [first = '', ...lines] = bytes.toString('latin1', 0, Math.max(end, 0)).split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  const headers = Object.fromEntries(fields);
  const size = end + HEAD_END.length;
  return { status: Number(status), headers, size, length: lengthOf(status, headers, size) };
}

function lengthOf(status: string, headers: Head['headers'], size: number): number | undefined {
  if (status === '204') return size;
  const length = headers['content-length'];
  return length !== undefined && /^\d{1,12}$/.test(length) ? size + Number(length) : undefined;
}

/**
 * How many bytes the whole reply has; undefined while that cannot be told. SQ closes after each reply, but whoever
 * has them all need not wait for that.
 */
export function replyLength(bytes: Buffer): number | undefined {
  return headOf(bytes)?.length;
}

/**
 * Reads what came until SQ closed. Throws `connection-lost` when nothing came or the reply was cut short (a reply is
 * never taken for one with less in it), and `sq-error` when it is not HTTP. `place` is `host:port`.
 */
export function decodeReply(bytes: Buffer, tookMs: number, place: string): HttpReply {
  const head = headOf(bytes);
  if (head === undefined) return decodeWithoutHead(bytes, tookMs, place);
  const { status, headers, size, length = bytes.length } = head;
  if (bytes.length < length) throw cutShort(bytes.length, place);
  return { status, headers, body: bytes.subarray(size, length), tookMs };
}

function decodeWithoutHead(bytes: Buffer, tookMs: number, place: string): HttpReply {
  const text = bytes.toString('latin1', 0, 200);
  if (bytes.length === text.length && BARE_REFUSAL.test(text)) {
    return { status: Number(text.slice(9, 12)), headers: {}, body: Buffer.alloc(0), tookMs };
  }
  if ('HTTP/1.'.startsWith(text) || text.startsWith('HTTP/1.')) throw cutShort(bytes.length, place);
  throw new RanchError({
    code: 'sq-error',
    place,
    message: 'what answers on this port does not speak HTTP',
    remedy: 'Check that SQ, and nothing else, listens on this port.',
  });
}

function cutShort(bytes: number, place: string): RanchError {
  return new RanchError({
    code: 'connection-lost',
    place,
    message: bytes === 0 ? 'SQ closed without an answer' : `SQ closed after ${bytes} bytes of its answer`,
    remedy: 'Look whether SQ is still running and read its log.',
  });
}
