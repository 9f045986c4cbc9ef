import { replyLength } from '../wire.ts';
import { type Build, isFragile, isStable } from './build.ts';
import type { Row } from './row.ts';
import { outcome, raw, say, scroll, shown, written } from './talk.ts';

const IGNORED = '200 Unexpected command ignored.';

/** What every path that SQ does not have gives. */
function unknown(count: number): (build: Build) => readonly string[] {
  return (build) => Array.from({ length: count }, () => (isFragile(build) ? IGNORED : '404 Not Found'));
}

const SEEDS_ADVICE =
  'Use the real endpoints: select and update with `c=COORDINATE`, toc, and GET delete with `c=COORDINATE`.';

/** Methods, paths and the wire. */
export const HTTP: readonly Row[] = [
  {
    name: 'one-request',
    area: 'http',
    what: 'one request a connection: it closes after the reply, and does not say that it will',
    asks: ['GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      const { bytes, end } = await raw(sq, `GET /api/v2/version?p=${at.phext}`);
      return {
        end,
        says: /^connection:/im.test(bytes.toString()),
        whole: replyLength(bytes) === bytes.length,
      };
    },
    gives: { end: 'closed', says: false, whole: true },
    defect: {
      severity: 'low',
      advice: 'Let a front speak to browsers, with `Connection: close` towards SQ.',
    },
  },
  {
    name: 'other-methods',
    area: 'http',
    what: 'HEAD, PUT and DELETE answer 400 (0.5.1 with a head that has no end)',
    asks: ['HEAD /api/v2/version?p=$p', 'PUT /api/v2/update?p=$p', 'DELETE /api/v2/delete?p=$p'],
    gives: (build: Build) => Array.from({ length: 3 }, () => (isFragile(build) ? '400' : '400 Bad Request')),
    defect: {
      severity: 'low',
      advice: 'Look at it with GET: a monitor that sends HEAD sees a broken server.',
    },
  },
  {
    name: 'post-only-writes',
    area: 'http',
    what: 'POST is for insert, update, delta and where alone',
    asks: ['POST /api/v2/select?p=$p', 'POST /api/v2/version?p=$p'],
    gives: unknown(2),
  },
  {
    name: 'get-where',
    area: 'http',
    what: 'where is for POST alone',
    asks: ['GET /api/v2/where?p=$p'],
    gives: unknown(1),
  },
  {
    name: 'unknown-paths',
    area: 'http',
    what: 'unknown paths, a metrics or health page among them: there is none',
    asks: ['GET /?p=$p', 'GET /metrics?p=$p', 'GET /health?p=$p', 'GET /api/v2/nothing?p=$p'],
    gives: unknown(4),
    defect: {
      severity: 'low',
      advice: 'Watch it with `ranch sweep` or `ranch smoke`; it has no page for that.',
    },
  },
  {
    name: 'seed-version',
    area: 'http',
    what: 'of the five paths of Round 15, version is the one that exists',
    asks: ['GET /api/v2/version'],
    gives: ({ version }: Build) => [`200 ${version}`],
  },
  {
    name: 'seed-read-write-list',
    area: 'http',
    what: 'read, write and list of Round 15 do not exist',
    asks: [
      'GET /api/v2/read/1.1.1/1.1.1/1.1.1?p=$p',
      'POST /api/v2/write/1.1.1/1.1.1/1.1.1?p=$p text',
      'GET /api/v2/list/1.1.1?p=$p',
    ],
    gives: unknown(3),
    defect: { severity: 'low', advice: SEEDS_ADVICE },
  },
  {
    name: 'seed-delete',
    area: 'http',
    what: 'DELETE of Round 15 does not exist',
    asks: ['DELETE /api/v2/delete/1.1.1/1.1.1/1.1.1?p=$p'],
    gives: (build: Build) => [isFragile(build) ? '400' : '400 Bad Request'],
    defect: { severity: 'low', advice: SEEDS_ADVICE },
  },
  {
    name: 'path-prefix',
    area: 'http',
    what: 'paths are matched by prefix: a wrong one can be taken for another, GET delete/C deletes the origin',
    asks: [
      'GET /api/v2/versionary?p=$p',
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 here',
      'GET /api/v2/delete/2.2.2/2.2.2/2.2.2?p=$p',
    ],
    gives: ({ version }: Build) => [`200 ${version}`, '200 Updated 4 bytes', '200 Removed 4 bytes'],
    defect: { severity: 'medium', advice: 'Let the front pass the exact paths alone.' },
  },
  {
    name: 'http-1.0',
    area: 'http',
    what: 'HTTP/1.0 spoils the last parameter: ` HTTP/1.0` becomes a part of it',
    asks: ['GET /api/v2/update?p=$p&s=x HTTP/1.0', 'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1'],
    attempt: async (sq, at) => {
      await raw(sq, `GET /api/v2/update?p=${at.phext}&s=x`, { http: '1.0' });
      return { holds: await scroll(sq, at) };
    },
    gives: { holds: 'x HTTP/1.0' },
    defect: {
      severity: 'high',
      advice: 'Let the front speak HTTP/1.1 to SQ: `proxy_http_version 1.1;` in nginx, whose default is 1.0.',
    },
  },
  {
    name: 'chunked',
    area: 'http',
    what: 'a chunked body is kept with its chunk sizes in it',
    asks: ['POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 (Transfer-Encoding: chunked)'],
    attempt: async (sq, at) => {
      await say(sq, `POST /api/v2/update?p=${at.phext}`, {
        headers: ['Transfer-Encoding: chunked'],
        body: '1\r\nx\r\n0\r\n\r\n',
        length: null,
      });
      return { holds: await scroll(sq, at) };
    },
    gives: { holds: '1\r\nx\r\n0\r\n\r\n' },
    defect: {
      severity: 'medium',
      advice:
        'Let the front buffer bodies (`proxy_request_buffering on;`, which is the default), so that SQ gets a length.',
    },
  },
  {
    name: 'cut-body',
    area: 'http',
    what: 'a body that ends before its length is written as far as it came',
    asks: ['POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 (Content-Length: 9) abc, and the client is gone'],
    attempt: async (sq, at) => {
      const request = written(sq, `POST /api/v2/update?p=${at.phext}`, { body: 'abc', length: 9 });
      return { reply: outcome(sq, await sq.cut(request)), holds: await scroll(sq, at) };
    },
    gives: { reply: '200 Updated 3 bytes', holds: 'abc' },
    only: isStable,
    defect: {
      severity: 'medium',
      advice: 'Let the front buffer bodies, so that SQ only ever gets whole ones.',
    },
  },
  {
    name: 'long-body',
    area: 'http',
    what: 'a body of 4 MiB comes back as it was',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 (4 MiB)',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    attempt: async (sq, at) => {
      const body = 'sixteen bytes. \n'.repeat(262_144);
      const reply = shown(await say(sq, `POST /api/v2/update?p=${at.phext}`, { body }));
      return { reply, same: (await scroll(sq, at)) === body };
    },
    gives: { reply: '200 Updated 4194304 bytes', same: true },
  },
  {
    name: 'favicon',
    area: 'http',
    what: 'a favicon with a query gets no answer',
    asks: ['GET /favicon.ico?v=1'],
    only: isStable,
    gives: ['closed without an answer'],
    defect: { severity: 'low', advice: 'Let the front answer it.' },
  },
];
