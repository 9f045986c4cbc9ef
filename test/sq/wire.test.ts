import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { ORIGIN } from '../../src/sq/coordinate.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import { decodeReply, encodeRequest, incomingReply, replyLength } from '../../src/sq/wire.ts';

test('a request as bytes, its key in UTF-8', () => {
  const request = updateRequest({ phext: 'p', key: new Secret('ü') }, ORIGIN, 'é');
  expect(encodeRequest(request).toString('utf8')).toBe(
    'POST /api/v2/update?p=p&c=1.1.1/1.1.1/1.1.1 HTTP/1.1\r\nhost: localhost\r\n' +
      'authorization: Bearer ü\r\ncontent-length: 2\r\n\r\né',
  );
});

describe('a reply', () => {
  const whole = Buffer.from(
    'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 5\r\n\r\n0.5.2',
  );

  test('is read', () => {
    expect(decodeReply(whole, 7, 'h:1')).toEqual({
      status: 200,
      headers: { 'access-control-allow-origin': '*', 'content-length': '5' },
      body: Buffer.from('0.5.2'),
      tookMs: 7,
    });
  });

  test('is known to be whole at its last byte', () => {
    expect(replyLength(whole.subarray(0, 40))).toBeUndefined();
    expect(replyLength(whole.subarray(0, -1))).toBe(whole.length);
  });

  test('cut short anywhere is SQ’s failure, never an answer with less in it', () => {
    for (let length = 0; length < whole.length; length++) {
      const decode = (): unknown => decodeReply(whole.subarray(0, length), 1, 'h:1');
      expect(decode).toThrow(expect.objectContaining({ code: 'sq-error', place: 'h:1' }));
    }
  });

  test('without a length goes on until the connection ends', () => {
    const open = Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc');
    expect(replyLength(open)).toBeUndefined();
    expect(decodeReply(open, 1, 'h:1').body).toEqual(Buffer.from('abc'));
    expect(replyLength(Buffer.from('HTTP/1.1 204 No Content\r\nA: b\r\n\r\n'))).toBe(33);
  });

  test('of 0.5.1 to a method it does not know has no end of head', () => {
    expect(decodeReply(Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 1, 'h:1').status).toBe(400);
  });

  test('of something that is not HTTP is told as such', () => {
    expect(() => decodeReply(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), 1, 'h:1')).toThrow(
      expect.objectContaining({ code: 'sq-error' }),
    );
  });
});

describe('a reply that is larger than is kept', () => {
  const piece = Buffer.alloc(32 * 1024, 'x');

  test.each([
    ['with its length', `content-length: ${200 * 32 * 1024}\r\n`],
    ['that ends with its connection', ''],
  ])('%s is taken to its end, its bytes are not kept, and it is told', (_, length) => {
    const keep = 1024 * 1024;
    const incoming = incomingReply(1024 * keep, 'h1:1337', keep);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let whole = incoming.take(Buffer.from(`HTTP/1.1 200 OK\r\n${length}\r\n`));
    let pieces = 0;
    while (pieces < 200 && !whole) {
      whole = incoming.take(piece);
      pieces += 1;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect([pieces, whole]).toEqual([200, length !== '']);
    // What is kept grows by doubling: the old place and the new one are there for a moment.
    expect(most).toBeLessThan(4 * keep);
    expect(() => incoming.decode(1)).toThrow('SQ sends more than 1048576 bytes');
  });

  test('is broken off where it is larger than is read', () => {
    const incoming = incomingReply(80 * 1024, 'h1:1337', 40 * 1024);
    incoming.take(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'));
    incoming.take(piece);
    expect(incoming.take(piece)).toBe(false);
    expect(() => incoming.take(piece)).toThrow('SQ sends more than 81920 bytes');
  });

  test('one that fits is whole and unchanged', () => {
    const incoming = incomingReply(1024 * 1024, 'h1:1337', 40 * 1024);
    expect(incoming.take(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na'))).toBe(false);
    expect(incoming.take(Buffer.from('bc'))).toBe(true);
    expect(incoming.decode(1).body.toString()).toBe('abc');
  });
});
