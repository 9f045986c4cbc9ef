import { Buffer } from 'node:buffer';
import { type Build, isStable, since } from './build.ts';
import type { Row } from './row.ts';
import { afterwards, outcome, written } from './talk.ts';

function unlimited(build: Build): boolean {
  return isStable(build) && !since(build, '0.5.3');
}

/** Connections that `validate` holds; few enough for an SSH server's own limits. */
const FEW = 40;
/** Long enough that a server which drops them at once would have done so. */
const SOON_MS = 1_000;

/** How much one client can take. */
export const LIMITS: readonly Row[] = [
  {
    name: 'slow-loris',
    area: 'limits',
    what: 'connections that never end their request are held, and others are answered meanwhile',
    only: isStable,
    asks: [`GET /api/v2/version?p=$p without the end of its head, on ${FEW} connections`],
    attempt: async (sq, at) => {
      const half = Buffer.from('GET /api/v2/version HTTP/1.1\r\n');
      const { open, got } = await sq.crowd(FEW, half, SOON_MS, () => afterwards(sq, at));
      return { held: open, meanwhile: got };
    },
    gives: { held: FEW, meanwhile: 'answers' },
    defect: {
      severity: 'medium',
      of: unlimited,
      advice:
        'Put a front before it that reads the whole request first and limits connections by address: before 0.5.3 nothing ends them.',
    },
  },
  {
    name: 'slow-loris-ends',
    area: 'limits',
    what: 'a request that does not end is dropped after 32 s since 0.5.3, and never before that',
    only: isStable,
    heavy: true,
    asks: ['GET /api/v2/version?p=$p without the end of its head, for 36 s'],
    attempt: async (sq, at) => {
      const half = Buffer.from('GET /api/v2/version HTTP/1.1\r\n');
      const { open } = await sq.crowd(4, half, 36_000, () => afterwards(sq, at));
      return { held: open };
    },
    gives: (build: Build) => ({ held: since(build, '0.5.3') ? 0 : 4 }),
  },
  {
    name: 'one-at-a-time',
    area: 'limits',
    what: 'a connection that sends nothing keeps all others waiting on 0.5.1',
    fresh: true,
    only: (build) => !isStable(build),
    asks: ['(connect, send half a request)', 'GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      const { got } = await sq.crowd(1, Buffer.from('GET /api'), 0, () => afterwards(sq, at, 300));
      return { meanwhile: got };
    },
    gives: { meanwhile: 'no answer' },
    defect: { severity: 'high', advice: 'Upgrade; until then a front that reads whole requests first.' },
  },
  {
    name: 'connections',
    area: 'limits',
    what: '600 connections at once: since 0.5.3 those beyond 512 get 503; 0.5.2 takes a thread for each',
    only: isStable,
    heavy: true,
    asks: ['(connect, send half a request, on 600 connections)', 'GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      const { open, got } = await sq.crowd(
        600,
        Buffer.from('GET /api/v2/version HTTP/1.1\r\n'),
        SOON_MS,
        () => afterwards(sq, at),
      );
      return { held: open, meanwhile: got.slice(0, 7) };
    },
    gives: (build: Build) =>
      since(build, '0.5.3') ? { held: 512, meanwhile: '503 Ser' } : { held: 600, meanwhile: 'answers' },
  },
  {
    name: 'body-limit',
    area: 'limits',
    what: 'a body beyond 64 MiB is refused since 0.5.3, by its length alone; 0.5.2 waits for it',
    asks: ['POST /api/v2/update?p=$p (Content-Length: 67108865)'],
    only: isStable,
    attempt: async (sq, at) => {
      const path = `POST /api/v2/update?p=${at.phext}`;
      const refused = since(sq.build, '0.5.3');
      const bytes = written(sq, path, { length: 67_108_865 });
      return { reply: outcome(sq, await sq.exchange(bytes, refused ? undefined : 300)).slice(0, 9) };
    },
    gives: (build: Build) => ({ reply: since(build, '0.5.3') ? '413 body ' : 'no answer' }),
    defect: {
      severity: 'medium',
      of: unlimited,
      advice: 'Limit bodies at the front: `client_max_body_size 8m;` in nginx.',
    },
  },
];
