import { Buffer } from 'node:buffer';
import type { HttpReply, HttpRequest } from '../../domain/http.ts';
import type { Secret } from '../../domain/secret.ts';
import { type Coordinate, ORIGIN } from '../coordinate.ts';
import { parseScroll } from '../replies.ts';
import { selectRequest, type Target } from '../requests.ts';
import { decodeReply, encodeRequest } from '../wire.ts';
import type { Bench, Exchange } from './bench.ts';

/** One request as SQ's own clients send it. Throws `sq-error` where no reply came. */
export async function ask(sq: Bench, request: HttpRequest): Promise<HttpReply> {
  const { bytes } = await sq.exchange(encodeRequest(request));
  return decodeReply(bytes, 0, sq.place);
}

/** What can be put beside a request line. */
export interface Said {
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  /** Default 1.1. */
  readonly http?: '1.0' | '1.1';
  /** Instead of the body's own length; null for none. */
  readonly length?: number | null;
  /** The key; the bench's own where not given, and none for null. */
  readonly key?: Secret | null;
}

/** The bytes of a request whose line is sent as it is written. */
export function written(sq: Bench, line: string, said: Said = {}): Buffer {
  const { headers = [], http = '1.1', key = sq.key ?? null } = said;
  const body = Buffer.from(said.body ?? '');
  const length = said.length === undefined ? body.length : said.length;
  const lines = [
    `${line} HTTP/${http}`,
    'Host: localhost',
    ...(length === null ? [] : [`Content-Length: ${length}`]),
    ...(key === null ? [] : [`Authorization: Bearer ${key.reveal()}`]),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** Sends a request line as it is written, and reads what comes. */
export async function raw(sq: Bench, line: string, said: Said = {}, withinMs?: number): Promise<Exchange> {
  return await sq.exchange(written(sq, line, said), withinMs);
}

/** The same, with the reply read. Throws `sq-error` where none came. */
export async function say(sq: Bench, line: string, said: Said = {}): Promise<HttpReply> {
  return decodeReply((await raw(sq, line, said)).bytes, 0, sq.place);
}

/** A reply in a line: `200 text`. */
export function shown({ status, body }: HttpReply): string {
  return `${status} ${Buffer.from(body).toString()}`.trim();
}

/** What an exchange gave in a line, where there may be no reply: `no answer`, `closed`, or as `shown`. */
export function outcome(sq: Bench, { bytes, end }: Exchange): string {
  if (bytes.length > 0) return shown(decodeReply(bytes, 0, sq.place));
  return end === 'silent' ? 'no answer' : 'closed without an answer';
}

/** What a request that needs the lock gives afterwards: `answers`, `500`, `no answer`… */
export async function afterwards(sq: Bench, at: Pick<Target, 'phext'>, withinMs?: number): Promise<string> {
  const got = outcome(sq, await raw(sq, `GET /api/v2/version?p=${at.phext}`, {}, withinMs));
  return got.startsWith('200 ') ? 'answers' : got;
}

/** The text of a scroll. */
export async function scroll(sq: Bench, at: Target, coordinate: Coordinate = ORIGIN): Promise<string> {
  return parseScroll(await ask(sq, selectRequest(at, coordinate)), sq.place);
}

/** The name of the file that holds a phext. */
export function fileOf({ phext }: Pick<Target, 'phext'>): string {
  return `${phext}.phext`;
}

/** The text of a phext's file; undefined where there is none. */
export async function onDisk(sq: Bench, at: Pick<Target, 'phext'>): Promise<string | undefined> {
  return (await sq.file(fileOf(at)))?.bytes.toString();
}
