import { Buffer } from 'node:buffer';
import { RanchError } from '../domain/errors.ts';
import { gatherBytes } from '../domain/gathered-bytes.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';

const HEAD_END = '\r\n\r\n';

/** SQ's heads have about 200 bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

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

/** Undefined while the head is not whole, for what is not HTTP, and for a head that is longer than any of SQ's. */
function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(HEAD_END);
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

/** A reply that is still arriving, in pieces of any size. */
export interface IncomingReply {
  /** Takes a piece and says whether the reply is whole. Throws `answer-too-large`, and `sq-error` for what is no reply. */
  take(piece: Uint8Array): boolean;
  /** What came, once it is whole or SQ has closed; throws as `decodeReply` does. */
  decode(tookMs: number): HttpReply;
}

/**
 * Receives a reply of at most `maxBytes`, head included. One of more than `keepBytes` is taken to its end and not kept:
 * its sender is not left with nobody who listens, and `decode` throws `answer-too-large`. The head is read once, however
 * small the pieces are.
 */
export function incomingReply(maxBytes: number, place: string, keepBytes = maxBytes): IncomingReply {
  let gathered = gatherBytes();
  let head: Head | undefined;
  let dropped = 0;
  return {
    take(piece) {
      if (dropped > 0 || (head !== undefined && gathered.length + piece.length > keepBytes)) {
        dropped += gathered.length + piece.length;
        gathered = gatherBytes();
        if (dropped > maxBytes) throw tooLarge(maxBytes, place);
        return head?.length !== undefined && dropped >= head.length;
      }
      gathered.add(piece);
      head ??= headOf(gathered.bytes());
      // What it says of its length is believed only where that does harm to nobody.
      if (Math.max(gathered.length, head?.length ?? 0) > maxBytes) throw tooLarge(maxBytes, place);
      if (head === undefined && gathered.length > MAX_HEAD_BYTES) throw noReply(gathered.bytes(), place);
      return head?.length !== undefined && gathered.length >= head.length;
    },
    decode(tookMs) {
      if (dropped > 0) throw tooLarge(keepBytes, place);
      return decodeReply(gathered.bytes(), tookMs, place);
    },
  };
}

/**
 * Reads what came until SQ closed. Throws `sq-error` when nothing came, the reply was cut short (a reply is never taken
 * for one with less in it), or it is not HTTP: the connection to the host is not what failed. `place` is `host:port`.
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
  throw noReply(bytes, place);
}

function noReply(bytes: Buffer, place: string): RanchError {
  const text = bytes.toString('latin1', 0, 10);
  if ('HTTP/1.'.startsWith(text.slice(0, 7))) return cutShort(bytes.length, place);
  return sqError(
    place,
    'what answers on this port does not speak HTTP',
    'Check that SQ, and nothing else, listens on this port.',
  );
}

function cutShort(bytes: number, place: string): RanchError {
  const what = bytes === 0 ? 'SQ closed without an answer' : `SQ ended its answer after ${bytes} bytes`;
  return sqError(place, what, 'Look whether SQ is still running and read its log.');
}

function sqError(place: string, message: string, remedy: string): RanchError {
  return new RanchError({ code: 'sq-error', place, message, remedy });
}

function tooLarge(maxBytes: number, place: string): RanchError {
  return new RanchError({
    code: 'answer-too-large',
    place,
    message: `SQ sends more than ${maxBytes} bytes`,
    remedy: 'Look whether SQ, and nothing else, listens on this port.',
  });
}
