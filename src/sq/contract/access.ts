import { Secret } from '../../domain/secret.ts';
import { ORIGIN } from '../coordinate.ts';
import { selectRequest, updateRequest } from '../requests.ts';
import { type Build, isFragile } from './build.ts';
import type { Row } from './row.ts';
import { ask, onDisk, say, shown } from './talk.ts';

const NAMES = ['../x', 'a/b', 'a\\b', '..', '/tmp/x'];

/** Keys, and what `--data-dir` keeps out. */
export const ACCESS: readonly Row[] = [
  {
    name: 'key',
    area: 'access',
    what: 'without the key 401, before 404 and whatever the path; with it, as Bearer or bare, an answer',
    asks: ['GET /api/v2/version?p=$p (no key, a wrong key, Bearer KEY, KEY)', 'GET /nothing (no key)'],
    attempt: async (sq, at) => {
      const version = `GET /api/v2/version?p=${at.phext}`;
      const status = async (said: Parameters<typeof say>[2]) => (await say(sq, version, said)).status;
      return {
        none: shown(await say(sq, version, { key: null })),
        elsewhere: (await say(sq, 'GET /nothing', { key: null })).status,
        wrong: await status({ key: new Secret('other') }),
        right: await status({}),
        bare: await status({ key: null, headers: [`authorization: ${sq.key?.reveal()}`] }),
      };
    },
    gives: { none: '401 Unauthorized', elsewhere: 401, wrong: 401, right: 200, bare: 200 },
  },
  {
    name: 'key-refused-writes',
    area: 'access',
    what: 'what is refused writes nothing and leaves no ghost',
    asks: ['POST /api/v2/update?p=$p (no key) x'],
    attempt: async (sq, at) => {
      const reply = shown(await say(sq, `POST /api/v2/update?p=${at.phext}`, { key: null, body: 'x' }));
      return { reply, disk: await onDisk(sq, at) };
    },
    gives: { reply: '401 Unauthorized', disk: undefined },
  },
  {
    name: 'no-key',
    area: 'access',
    what: 'without `--key` whoever reaches the port may write and delete',
    server: { access: 'open' },
    asks: ['POST /api/v2/update?p=$p x', 'GET /api/v2/delete?p=$p&c=1.1.1/1.1.1/1.1.1'],
    gives: ['200 Updated 1 bytes', '200 Removed 1 bytes'],
    defect: { severity: 'high', advice: 'Run it with `--key`; it listens on all addresses of the host.' },
  },
  {
    name: 'key-colon',
    area: 'access',
    what: 'a key with a colon never fits',
    server: { access: 'colon' },
    asks: ['GET /api/v2/version?p=$p (the key)'],
    gives: ['401 Unauthorized'],
    defect: { severity: 'low', advice: 'Give it a key without a colon.' },
  },
  {
    name: 'odd-flags',
    area: 'access',
    what: 'unknown flags and --key=KEY are passed over without a word; of two the last counts',
    server: { flags: 'odd' },
    asks: ['POST /api/v2/update?p=$p x (run with --verbose --key=x --data-dir other --data-dir DIR)'],
    attempt: async (sq, at) => {
      const reply = shown(await say(sq, `POST /api/v2/update?p=${at.phext}`, { body: 'x' }));
      return { reply, disk: await onDisk(sq, at) };
    },
    gives: { reply: '200 Updated 1 bytes', disk: 'x' },
    defect: {
      severity: 'medium',
      advice:
        'Write `--key KEY` with a blank: `--key=KEY` runs it without a key. `ranch sweep` tells which flags took effect.',
    },
  },
  {
    name: 'data-dir',
    area: 'access',
    what: '`--data-dir` keeps phexts inside: names with a slash, a backslash or two dots are 403',
    asks: NAMES.map((name) => `GET /api/v2/select?p=${name}`),
    attempt: async (sq, at) =>
      await Promise.all(
        NAMES.map(async (phext) => shown(await ask(sq, selectRequest({ ...at, phext }, ORIGIN)))),
      ),
    gives: NAMES.map(() => '403 Forbidden: invalid phext path'),
  },
  {
    name: 'traversal',
    area: 'access',
    what: 'without `--data-dir` it reads and writes phexts anywhere',
    server: { folder: 'roaming' },
    asks: ['POST /api/v2/update?p=../outside x'],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest({ ...at, phext: '../outside' }, ORIGIN, 'x'));
      return { outside: (await sq.file('../outside.phext'))?.bytes.toString() };
    },
    gives: { outside: 'x' },
    defect: { severity: 'critical', advice: 'Run it with `--data-dir`, as a user that owns nothing else.' },
  },
  {
    name: 'key-in-log',
    area: 'access',
    what: '0.5.1 prints the key into its log',
    asks: ['GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      // Its log is read once the second request has been answered: by then the first has been printed.
      await say(sq, `GET /api/v2/version?p=${at.phext}`);
      await say(sq, `GET /api/v2/version?p=${at.phext}`);
      return { logged: (await sq.log()).includes(sq.key?.reveal() ?? 'no key') };
    },
    gives: (build: Build) => ({ logged: isFragile(build) }),
    defect: {
      severity: 'high',
      of: isFragile,
      advice: 'Upgrade, then change the key, and remove its old logs.',
    },
  },
  {
    name: 'program-version',
    area: 'access',
    what: 'the program prints its version since 0.5.2; 0.5.1 its usage, with exit code 0 as well',
    asks: ['sq version'],
    attempt: (sq) => sq.printed(),
    gives: (build: Build) => ({
      text: isFragile(build) ? 'Usage: sq <command> <coordinate> <message>' : build.version,
      exitCode: 0,
    }),
    defect: { severity: 'low', of: isFragile, advice: 'Tell 0.5.1 by its sha256.' },
  },
  {
    name: 'sq-folder',
    area: 'access',
    what: 'any run leaves a .sq folder in the working directory',
    asks: [],
    attempt: async (sq) => ({ leaves: await sq.leaves('.sq') }),
    gives: { leaves: true },
    defect: { severity: 'low', advice: 'Give it a working directory of its own.' },
  },
  {
    name: 'cors-reply',
    area: 'cors',
    what: 'replies may be read by pages of any origin since 0.5.2',
    asks: ['GET /api/v2/version?p=$p (Origin: http://elsewhere.example)'],
    attempt: async (sq, at) => {
      const headers = ['Origin: http://elsewhere.example'];
      const reply = await say(sq, `GET /api/v2/version?p=${at.phext}`, { headers });
      return { allowOrigin: reply.headers['access-control-allow-origin'] };
    },
    gives: (build: Build) => ({ allowOrigin: isFragile(build) ? undefined : '*' }),
    defect: { severity: 'low', of: isFragile, advice: 'Upgrade, or let the front add the header.' },
  },
  {
    name: 'cors-preflight',
    area: 'cors',
    what: 'the preflight is answered without the key since 0.5.2: GET and POST, Authorization and Content-Type',
    asks: ['OPTIONS /api/v2/update (Origin, Access-Control-Request-Method: POST; no key)'],
    attempt: async (sq) => {
      const headers = ['Origin: http://elsewhere.example', 'Access-Control-Request-Method: POST'];
      const reply = await say(sq, 'OPTIONS /api/v2/update', { headers, key: null });
      return {
        status: reply.status,
        methods: reply.headers['access-control-allow-methods'],
        headers: reply.headers['access-control-allow-headers'],
        maxAge: reply.headers['access-control-max-age'],
      };
    },
    gives: (build: Build) =>
      isFragile(build)
        ? { status: 400, methods: undefined, headers: undefined, maxAge: undefined }
        : {
            status: 204,
            methods: 'GET, POST, OPTIONS',
            headers: 'Authorization, Content-Type',
            maxAge: '86400',
          },
    defect: { severity: 'low', of: isFragile, advice: 'Upgrade, or let the front answer OPTIONS.' },
  },
  {
    name: 'cors-refused',
    area: 'cors',
    what: 'a refusal (401) carries the header too, so that a page sees it for what it is',
    asks: ['GET /api/v2/version?p=$p (no key)'],
    attempt: async (sq, at) => {
      const reply = await say(sq, `GET /api/v2/version?p=${at.phext}`, { key: null });
      return { status: reply.status, allowOrigin: reply.headers['access-control-allow-origin'] };
    },
    gives: (build: Build) => ({ status: 401, allowOrigin: isFragile(build) ? undefined : '*' }),
  },
];
