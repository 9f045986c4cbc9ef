import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { ORIGIN, parseCoordinate } from '../../src/sq/coordinate.ts';
import {
  checksumRequest,
  deleteRequest,
  deltaRequest,
  getRequest,
  insertRequest,
  loadRequest,
  selectRequest,
  statusRequest,
  tocRequest,
  updateByQueryRequest,
  updateRequest,
  versionRequest,
} from '../../src/sq/requests.ts';

const at = { phext: 'cyoa' };

test('every request names its phext, since one that does not evicts what is held', () => {
  const all = [
    versionRequest(at),
    selectRequest(at, ORIGIN),
    insertRequest(at, ORIGIN, 'x'),
    updateRequest(at, ORIGIN, 'x'),
    updateByQueryRequest(at, ORIGIN, 'x'),
    deleteRequest(at, ORIGIN),
    loadRequest(at),
    statusRequest(at),
    tocRequest(at),
    checksumRequest(at),
    getRequest(at),
    deltaRequest(at, new Map()),
  ];
  for (const { path } of all) expect(new URL(path, 'http://x').searchParams.get('p')).toBe('cyoa');
});

test('reads are GET, writes POST their text', () => {
  expect(selectRequest(at, parseCoordinate('7.11.13/3.8.5/1.12.1'))).toEqual({
    method: 'GET',
    path: '/api/v2/select?p=cyoa&c=7.11.13/3.8.5/1.12.1',
    headers: {},
  });
  expect(updateRequest(at, ORIGIN, 'é')).toEqual({
    method: 'POST',
    path: '/api/v2/update?p=cyoa&c=1.1.1/1.1.1/1.1.1',
    headers: {},
    body: Buffer.from([0xc3, 0xa9]),
  });
});

test('a query is encoded for how SQ decodes it', () => {
  expect(updateByQueryRequest({ phext: 'a b' }, ORIGIN, '1 + 1 & 2=ü%').path).toBe(
    '/api/v2/update?p=a%20b&c=1.1.1/1.1.1/1.1.1&s=1%20%2B%201%20%26%202%3D%C3%BC%25',
  );
  expect(versionRequest({ phext: '\ud800' }).path).toBe('/api/v2/version?p=%EF%BF%BD');
});

test('delta lists what one has', () => {
  const checksums = new Map([
    [ORIGIN, 'aa'],
    [parseCoordinate('2.1.1/1.1.1/1.1.1'), 'bb'],
  ]);
  expect(Buffer.from(deltaRequest(at, checksums).body ?? []).toString()).toBe(
    '1.1.1/1.1.1/1.1.1: aa\n2.1.1/1.1.1/1.1.1: bb\n',
  );
});

describe('what SQ would take and not give back is refused', () => {
  test.each([
    ['a delimiter', 'one\x17two'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff])],
  ])('%s', (_, text) => {
    expect(() => updateRequest(at, ORIGIN, text)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => insertRequest(at, ORIGIN, text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('a delimiter in a query', () => {
    expect(() => updateByQueryRequest(at, ORIGIN, 'one\x01two')).toThrow('delimiter');
  });
});

describe('the key', () => {
  test('goes into one header alone', () => {
    const request = versionRequest({ ...at, key: new Secret('sesame') });
    expect(request.headers).toEqual({ authorization: 'Bearer sesame' });
    expect(request.path).not.toContain('sesame');
  });

  test.each(['', ' a', 'a ', 'a:b', 'a\r\nX-Other: b', 'a\u0000'])('%j is refused, unseen', (value) => {
    const build = (): unknown => versionRequest({ ...at, key: new Secret(value) });
    expect(build).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(build).not.toThrow('X-Other');
  });
});
