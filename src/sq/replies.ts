import { Buffer, isUtf8 } from 'node:buffer';
import type { Version } from '../domain/brand.ts';
import { asVersion } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { HttpReply } from '../domain/http.ts';
import { asCoordinate, type Coordinate } from './coordinate.ts';
import { type Scroll, scrollsOf } from './phext.ts';

/** What `status` tells. */
export interface SqStatus {
  /** The file's path as SQ opens it: `choose-your-own-adventure.phext`, with `--data-dir` in front. Untrusted. */
  readonly hosting: string;
  /** Connections since the server started. */
  readonly connection: number;
  /** Bytes of the phext in memory, imploded. */
  readonly bytes: number;
  /** Entries of the map in memory; an empty file counts as one. */
  readonly scrolls: number;
}

/** One line of a table of contents. */
export interface TocEntry {
  readonly coordinate: Coordinate;
  /** The scroll's first line, then `...` when there is more; libphext 0.3.0 cuts it at 32 bytes. Untrusted. */
  readonly summary: string;
}

/** What a write did, as SQ acknowledges it. */
export interface Written {
  readonly verb: 'Inserted' | 'Updated' | 'Removed';
  /** Bytes of the text sent, or of the scroll removed. */
  readonly bytes: number;
}

/** What another server holds that differs from the checksums it was given. */
export interface Delta {
  readonly differing: readonly Scroll[];
  /** Coordinates that were asked about and that the server does not have. */
  readonly missing: readonly Coordinate[];
}

/** What SQ puts in the place of a scroll it does not have. */
const MISSING = '---sq:Scroll-Missing---';

const REMEDIES: Readonly<Record<number, string>> = {
  401: "Name the server's key file in the inventory (`keyFile`).",
  403: 'Name the phext without slashes and dots: this server keeps to its data directory.',
  404: 'Check that the port is that of SQ 0.5.2 or newer.',
  500: 'Restart SQ: after a panic on its lock every request fails; then check that each phext file is UTF-8.',
  503: 'Too many connections at once: try again with fewer.',
};

function failure(reply: HttpReply, asked: string, place: string): RanchError {
  return new RanchError({
    code: 'sq-error',
    place,
    message: `SQ answered ${asked} with ${reply.status} "${excerpt(reply.body)}"`,
    remedy: REMEDIES[reply.status] ?? 'Check that SQ, and nothing else, listens on this port.',
  });
}

function text(reply: HttpReply): string {
  return Buffer.from(reply.body).toString('utf8');
}

/** The body of a 200. Every parser here throws `sq-error` for what SQ would not say; `place` is `host:port`. */
function answered(reply: HttpReply, asked: string, place: string): HttpReply {
  if (reply.status !== 200) throw failure(reply, asked, place);
  return reply;
}

export function parseVersion(reply: HttpReply, place: string): Version {
  const version = asVersion(text(answered(reply, 'version', place)).trim());
  if (version === undefined) throw failure(reply, 'version', place);
  return version;
}

/** The text of a scroll; empty when there is none. */
export function parseScroll(reply: HttpReply, place: string): string {
  return text(answered(reply, 'select', place));
}

/** The bytes of a scroll, as they came; none when there is no such scroll. */
export function parseScrollBytes(reply: HttpReply, place: string): Uint8Array {
  return answered(reply, 'select', place).body;
}

export function parseWritten(reply: HttpReply, place: string): Written {
  const match = /^(Inserted|Updated|Removed) (\d{1,15}) bytes$/.exec(text(answered(reply, 'a write', place)));
  const verb = match?.[1];
  if (verb !== 'Inserted' && verb !== 'Updated' && verb !== 'Removed') throw failure(reply, 'a write', place);
  return { verb, bytes: Number(match?.[2]) };
}

/** The file that was read again. Untrusted. */
export function parseLoaded(reply: HttpReply, place: string): string {
  const match = /^Loaded ([\s\S]+)$/.exec(text(answered(reply, 'load', place)));
  if (match?.[1] === undefined) throw failure(reply, 'load', place);
  return match[1];
}

export function parseStatus(reply: HttpReply, place: string): SqStatus {
  const shape =
    /^Hosting: ([\s\S]*)\nConnection ID: (\d{1,15})\nPhext Size: (\d{1,15})\nScrolls: (\d{1,15})\n?$/;
  const match = shape.exec(text(answered(reply, 'status', place)));
  if (match?.[1] === undefined) throw failure(reply, 'status', place);
  return {
    hosting: match[1],
    connection: Number(match[2]),
    bytes: Number(match[3]),
    scrolls: Number(match[4]),
  };
}

/** In coordinate order. An empty phext has one entry, the origin, with an empty summary. */
export function parseToc(reply: HttpReply, place: string): readonly TocEntry[] {
  const lines = text(answered(reply, 'toc', place)).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    const match = /^\* ([^ ]+): ([\s\S]*)$/.exec(line);
    const coordinate = asCoordinate(match?.[1] ?? '');
    if (coordinate === undefined) throw failure({ ...reply, body: Buffer.from(line) }, 'toc', place);
    return { coordinate, summary: match?.[2] ?? '' };
  });
}

/** 32 hex digits: compare with `checksum` of `phext.ts`. */
export function parseChecksum(reply: HttpReply, place: string): string {
  const digits = text(answered(reply, 'checksum', place)).trim();
  if (!/^[0-9a-f]{32}$/.test(digits)) throw failure(reply, 'checksum', place);
  return digits;
}

/** The bytes of a whole phext. */
export function parsePhext(reply: HttpReply, place: string): Uint8Array {
  const { body } = answered(reply, 'get', place);
  if (!isUtf8(body)) throw failure(reply, 'get', place);
  return body;
}

export function parseDelta(reply: HttpReply, place: string): Delta {
  const scrolls = scrollsOf(answered(reply, 'delta', place).body);
  const isMissing = (scroll: Scroll): boolean =>
    scroll.bytes.length === MISSING.length && Buffer.from(scroll.bytes).toString('latin1') === MISSING;
  return {
    differing: scrolls.filter((scroll) => !isMissing(scroll)),
    missing: scrolls.filter(isMissing).map((scroll) => scroll.coordinate),
  };
}

/** All that SQ holds of a phext, as it would write it: the answer to a `delta` that asked about nothing. */
export function parseHeld(reply: HttpReply, place: string): Uint8Array {
  return answered(reply, 'delta', place).body;
}
