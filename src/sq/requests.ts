import { Buffer, isUtf8 } from 'node:buffer';
import { RanchError } from '../domain/errors.ts';
import type { HttpRequest } from '../domain/http.ts';
import type { Secret } from '../domain/secret.ts';
import type { Coordinate } from './coordinate.ts';
import { holdsBreak } from './phext.ts';

/**
 * Which phext of a server is meant. SQ holds one phext in memory; a request with another name, or with none, evicts
 * it. So every request names it, `version` too, and a probe names the instance's primary phext.
 */
export interface Target {
  /** The name without `.phext`. A name that no file has makes SQ create an empty one. */
  readonly phext: string;
  readonly key?: Secret;
}

/** Text of a scroll, or its UTF-8 bytes. */
export type ScrollText = string | Uint8Array;

/**
 * What SQ decodes as `text`: it takes `+` for a blank, then undoes percent-encoding, and cuts the query at `&` and
 * each pair at its first `=`. A lone surrogate, which no encoding has, becomes U+FFFD.
 */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

function refused(message: string, remedy: string): RanchError {
  return new RanchError({ code: 'usage', place: '', message, remedy });
}

/** SQ reads the key up to the first `:` of the header's value and without blanks around it. */
function authorization(key: Secret): Readonly<Record<string, string>> {
  const value = key.reveal();
  if (value === '' || value.trim() !== value || /[\u0000-\u001f\u007f:]/.test(value)) {
    throw refused(
      'the key cannot be sent: it is empty, or has a colon, a control character or blanks at its ends',
      'Give the server another key: SQ would refuse this one always.',
    );
  }
  return { authorization: `Bearer ${value}` };
}

function ask(
  method: 'GET' | 'POST',
  endpoint: string,
  target: Target,
  rest: { readonly coordinate?: Coordinate; readonly body?: Uint8Array } = {},
): HttpRequest {
  const at = rest.coordinate === undefined ? '' : `&c=${rest.coordinate}`;
  return {
    method,
    path: `/api/v2/${endpoint}?p=${encoded(target.phext)}${at}`,
    headers: target.key === undefined ? {} : authorization(target.key),
    ...(rest.body === undefined ? {} : { body: rest.body }),
  };
}

/** The bytes of a scroll. Throws `usage` for what SQ would accept and then not give back. */
function scrollBytes(text: ScrollText): Uint8Array {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  if (!isUtf8(bytes)) throw refused('the text is not UTF-8', 'SQ would replace what it cannot read.');
  if (holdsBreak(bytes)) {
    throw refused(
      'the text holds a phext delimiter',
      'Write each scroll on its own: SQ would split this one when it loads the file again.',
    );
  }
  return bytes;
}

/** Answer: `parseVersion`. */
export function versionRequest(target: Target): HttpRequest {
  return ask('GET', 'version', target);
}

/** Answer: `parseScroll`. A missing scroll is an empty one. */
export function selectRequest(target: Target, coordinate: Coordinate): HttpRequest {
  return ask('GET', 'select', target, { coordinate });
}

/** Appends to a scroll, with nothing between. Throws `usage` for text that SQ would not keep. Answer: `parseWritten`. */
export function insertRequest(target: Target, coordinate: Coordinate, text: ScrollText): HttpRequest {
  return ask('POST', 'insert', target, { coordinate, body: scrollBytes(text) });
}

/** Replaces a scroll. Throws `usage` for text that SQ would not keep. Answer: `parseWritten`. */
export function updateRequest(target: Target, coordinate: Coordinate, text: ScrollText): HttpRequest {
  return ask('POST', 'update', target, { coordinate, body: scrollBytes(text) });
}

/** The same as `updateRequest` with the text in the query, as browsers and the older tools of a ranch send it. */
export function updateByQueryRequest(target: Target, coordinate: Coordinate, text: string): HttpRequest {
  const request = ask('GET', 'update', target, { coordinate });
  scrollBytes(text);
  return { ...request, path: `${request.path}&s=${encoded(text)}` };
}

/** The same as `insertRequest` with the text in the query, for programs that can only get. */
export function insertByQueryRequest(target: Target, coordinate: Coordinate, text: string): HttpRequest {
  const request = ask('GET', 'insert', target, { coordinate });
  scrollBytes(text);
  return { ...request, path: `${request.path}&s=${encoded(text)}` };
}

/** Answer: `parseWritten`. */
export function deleteRequest(target: Target, coordinate: Coordinate): HttpRequest {
  return ask('GET', 'delete', target, { coordinate });
}

/** Makes SQ read the file again; what its memory held and the file did not is lost. Answer: `parseLoaded`. */
export function loadRequest(target: Target): HttpRequest {
  return ask('GET', 'load', target);
}

/** Answer: `parseStatus`. */
export function statusRequest(target: Target): HttpRequest {
  return ask('GET', 'status', target);
}

/** Answer: `parseToc`. */
export function tocRequest(target: Target): HttpRequest {
  return ask('GET', 'toc', target);
}

/** Answer: `parseChecksum`. */
export function checksumRequest(target: Target): HttpRequest {
  return ask('GET', 'checksum', target);
}

/** The file as it lies on disk, not what memory holds. Answer: `parsePhext`. */
export function getRequest(target: Target): HttpRequest {
  return ask('GET', 'get', target);
}

/** Asks for every scroll whose checksum is not the given one. Answer: `parseDelta`. */
export function deltaRequest(target: Target, checksums: ReadonlyMap<Coordinate, string>): HttpRequest {
  const lines = Array.from(checksums, ([coordinate, checksum]) => `${coordinate}: ${checksum}\n`);
  return ask('POST', 'delta', target, { body: Buffer.from(lines.join('')) });
}
