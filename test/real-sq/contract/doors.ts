import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpReply } from '../../../src/domain/http.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { ORIGIN } from '../../../src/sq/coordinate.ts';
import { selectRequest, updateRequest, versionRequest } from '../../../src/sq/requests.ts';
import { replyLength } from '../../../src/sq/wire.ts';
import type { Subject } from '../subject.ts';
import { isFragile, isStable, type Row } from './row.ts';

function shown(reply: HttpReply): readonly [number, string] {
  return [reply.status, Buffer.from(reply.body).toString()];
}

const USAGE = 'Usage: sq <command> <coordinate> <message>\n';

export const DOORS: readonly Row[] = [
  {
    what: 'one request a connection: it closes, and does not say that it will',
    attempt: async (sq, at) => {
      const { bytes, end } = await sq.raw(`GET /api/v2/version?p=${at.phext} HTTP/1.1\r\n\r\n`);
      return [end, /^connection:/im.test(bytes.toString()), replyLength(bytes) === bytes.length];
    },
    gives: ['closed', false, true],
  },
  {
    what: 'CORS on replies since 0.5.2',
    attempt: async (sq, at) => (await sq.ask(versionRequest(at))).headers['access-control-allow-origin'],
    gives: (subject: Subject) => (isFragile(subject) ? undefined : '*'),
  },
  {
    what: 'OPTIONS answers with CORS headers since 0.5.2',
    attempt: async (sq) => {
      const { status, headers } = await sq.say('OPTIONS /api/v2/update');
      return [status, headers['access-control-allow-methods'], headers['access-control-allow-headers']];
    },
    gives: (subject: Subject) =>
      isFragile(subject)
        ? [400, undefined, undefined]
        : [204, 'GET, POST, OPTIONS', 'Authorization, Content-Type'],
  },
  {
    what: 'other methods answer 400',
    attempt: async (sq) => [
      (await sq.say('HEAD /api/v2/version')).status,
      (await sq.say('DELETE /api/v2/delete')).status,
    ],
    gives: [400, 400],
  },
  {
    what: 'unknown paths',
    attempt: async (sq, at) =>
      Promise.all(
        ['/', '/api/v2/read/1.1.1', '/api/v2/list/x'].map(async (path) =>
          shown(await sq.say(`GET ${path}?p=${at.phext}`)),
        ),
      ),
    gives: (subject: Subject) =>
      Array.from({ length: 3 }, () =>
        isFragile(subject) ? [200, 'Unexpected command ignored.'] : [404, 'Not Found'],
      ),
  },
  {
    what: 'paths are matched by prefix',
    attempt: async (sq, at) => shown(await sq.say(`GET /api/v2/versionary?p=${at.phext}`)),
    gives: ({ version }: Subject) => [200, version],
  },
  {
    what: 'where computes a coordinate',
    attempt: async (sq, at) =>
      shown(await sq.say(`POST /api/v2/where?p=${at.phext}&limit=2`, [], 'one\x17two\x19three\x17x')),
    gives: [200, 'Calculated coordinate 0.0.0/0.0.0/3.0.3 for input (algo=xor, limit=2).'],
  },
  {
    what: 'without the key 401, before 404; with it, bare or as Bearer, an answer',
    args: ['--data-dir', 'data', '--key', 'open sesame ü'],
    attempt: async (sq, at) => {
      const key = new Secret('open sesame ü');
      return [
        shown(await sq.ask(versionRequest(at))),
        (await sq.say('GET /nothing')).status,
        (await sq.ask(versionRequest({ ...at, key: new Secret('other') }))).status,
        (await sq.ask(versionRequest({ ...at, key }))).status,
        (await sq.say(`GET /api/v2/version?p=${at.phext}`, ['authorization: open sesame ü'])).status,
      ];
    },
    gives: [[401, 'Unauthorized'], 401, 401, 200, 200],
  },
  {
    what: 'a key with a colon never fits',
    args: ['--data-dir', 'data', '--key', 'a:b'],
    attempt: async (sq, at) =>
      (await sq.say(`GET /api/v2/version?p=${at.phext}`, ['Authorization: Bearer a:b'])).status,
    gives: 401,
  },
  {
    what: 'unknown flags and --key=KEY are passed over; the last of two counts',
    args: ['--verbose', '--key=x', '--data-dir', 'other', '--data-dir', 'data'],
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, ORIGIN, 'x'));
      return [(await sq.ask(versionRequest(at))).status, existsSync(join(sq.dataDir, `${at.phext}.phext`))];
    },
    gives: [200, true],
  },
  {
    what: 'a data directory keeps phexts inside',
    attempt: async (sq) => {
      const names = ['../x', 'a/b', 'a\\b', '..'];
      return await Promise.all(
        names.map(async (phext) => shown(await sq.ask(selectRequest({ phext }, ORIGIN)))),
      );
    },
    gives: Array.from({ length: 4 }, () => [403, 'Forbidden: invalid phext path']),
  },
  {
    what: 'without one they may be anywhere',
    args: [],
    attempt: async (sq) => {
      await sq.ask(updateRequest({ phext: '../outside' }, ORIGIN, 'x'));
      return existsSync(join(sq.cwd, '..', 'outside.phext'));
    },
    gives: true,
  },
  {
    what: 'the program prints its version since 0.5.2, and 0.5.1 its usage, with the same exit code',
    attempt: async (sq) => sq.cli('version'),
    gives: (subject: Subject) => ({
      stdout: isFragile(subject) ? USAGE : `${subject.version}\n`,
      exitCode: 0,
    }),
  },
  {
    what: 'any run leaves a .sq folder in the working directory',
    attempt: async (sq) => existsSync(join(sq.cwd, '.sq')),
    gives: true,
  },
  {
    what: 'a body beyond 64 MiB is refused since 0.5.3',
    only: ({ version }) => version === '0.5.6',
    attempt: async (sq) => {
      const { bytes } = await sq.raw('POST /api/v2/update HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n');
      return bytes.toString().startsWith('HTTP/1.1 413 ');
    },
    gives: true,
  },
  {
    what: 'a favicon with a query gets no answer',
    only: isStable,
    attempt: async (sq) => (await sq.raw('GET /favicon.ico?v=1 HTTP/1.1\r\n\r\n')).bytes.length,
    gives: 0,
  },
];
