import { describe, expect, test } from 'vitest';
import type { HttpReply } from '../../src/domain/http.ts';
import {
  parseChecksum,
  parseDelta,
  parseLoaded,
  parsePhext,
  parseScroll,
  parseStatus,
  parseToc,
  parseVersion,
  parseWritten,
} from '../../src/sq/replies.ts';

function reply(body: string | Uint8Array, status = 200): HttpReply {
  return { status, headers: {}, body: Buffer.from(body), tookMs: 1 };
}

describe('what SQ says', () => {
  test('version', () => expect(parseVersion(reply('0.5.2'), 'h:1')).toBe('0.5.2'));

  test('status, even of a file with a line break in its name', () => {
    const said = 'Hosting: data/a\nb.phext\nConnection ID: 7\nPhext Size: 4194139\nScrolls: 693';
    expect(parseStatus(reply(said), 'h:1')).toEqual({
      hosting: 'data/a\nb.phext',
      connection: 7,
      bytes: 4194139,
      scrolls: 693,
    });
  });

  test('toc, whatever stands in a summary', () => {
    const said = '* 1.1.1/1.1.1/1.1.1: a: * b\r...\n* 2.1.1/1.1.1/1.1.1: \n';
    expect(parseToc(reply(said), 'h:1')).toEqual([
      { coordinate: '1.1.1/1.1.1/1.1.1', summary: 'a: * b\r...' },
      { coordinate: '2.1.1/1.1.1/1.1.1', summary: '' },
    ]);
  });

  test('writes', () => {
    expect(parseWritten(reply('Removed 12 bytes'), 'h:1')).toEqual({ verb: 'Removed', bytes: 12 });
  });

  test('load', () => expect(parseLoaded(reply('Loaded data/x.phext'), 'h:1')).toBe('data/x.phext'));

  test('a scroll may say anything', () => {
    expect(parseScroll(reply('Unexpected command ignored.'), 'h:1')).toBe('Unexpected command ignored.');
  });

  test('delta', () => {
    const said = 'new\x17---sq:Scroll-Missing---\x17---sq:Scroll-Missing--- is how it says so';
    const { differing, missing } = parseDelta(reply(said), 'h:1');
    expect(differing.map(({ coordinate }) => coordinate)).toEqual(['1.1.1/1.1.1/1.1.1', '1.1.1/1.1.1/1.1.3']);
    expect(missing).toEqual(['1.1.1/1.1.1/1.1.2']);
  });
});

describe('anything else is an error that names the place', () => {
  const parsers: readonly (readonly [string, (reply: HttpReply) => unknown])[] = [
    ['version', (r) => parseVersion(r, 'h:1')],
    ['status', (r) => parseStatus(r, 'h:1')],
    ['toc', (r) => parseToc(r, 'h:1')],
    ['checksum', (r) => parseChecksum(r, 'h:1')],
    ['a write', (r) => parseWritten(r, 'h:1')],
    ['load', (r) => parseLoaded(r, 'h:1')],
  ];

  test.each(parsers)('%s', (_, parse) => {
    const wanted = expect.objectContaining({ code: 'sq-error', place: 'h:1' });
    expect(() => parse(reply('Unexpected command ignored.'))).toThrow(wanted);
    expect(() => parse(reply('0.5.2', 500))).toThrow(wanted);
  });

  test('with the first of what came, made harmless', () => {
    const hostile = `\u001b[2J\u202e${'x'.repeat(100_000)}`;
    expect(() => parseVersion(reply(hostile), 'h:1')).toThrow(
      /^SQ answered version with 200 "\\x1b\[2J\\u202ex{115}… \(100007 bytes\)"$/,
    );
  });

  test('with a remedy for each status', () => {
    expect(() => parseVersion(reply('Unauthorized', 401), 'h:1')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('keyFile') }),
    );
  });

  test('a phext that is not UTF-8', () => {
    expect(() => parsePhext(reply(Uint8Array.of(0x61, 0xff)), 'h:1')).toThrow(
      expect.objectContaining({ code: 'sq-error' }),
    );
  });
});
