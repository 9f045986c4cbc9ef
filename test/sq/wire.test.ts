import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { ORIGIN } from '../../src/sq/coordinate.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import { decodeReply, encodeRequest, replyLength } from '../../src/sq/wire.ts';

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
