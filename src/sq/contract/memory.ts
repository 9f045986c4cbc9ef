import { Buffer } from 'node:buffer';
import { ORIGIN, parseCoordinate } from '../coordinate.ts';
import { selectRequest, type Target, tocRequest, updateRequest } from '../requests.ts';
import type { Bench } from './bench.ts';
import { type Build, isFragile, isStable, poisons, since } from './build.ts';
import type { Row } from './row.ts';
import { afterwards, ask, fileOf, onDisk, outcome, raw, say, scroll, shown } from './talk.ts';

/** What becomes of a phext that is changed on disk while SQ holds it. */
async function heldAfter(sq: Bench, at: Target, between: () => Promise<unknown>): Promise<string> {
  await ask(sq, updateRequest(at, ORIGIN, 'memory'));
  await scroll(sq, at);
  await sq.put(fileOf(at), Buffer.from('disk'));
  await between();
  return await scroll(sq, at);
}

const HOLDS = ['POST /api/v2/update?p=$p memory', '(its file is replaced)'];

function panicsInToc({ libphext }: Build): boolean {
  return libphext === '0.3.0';
}

const EVICT_ADVICE = 'Serve one phext a server, and name it in every request (`p=`).';
const RESTART_ADVICE =
  'Restart it where every request is 500 (`ranch restart HOST`); 0.5.4 recovers by itself.';

/** The one phext that SQ holds, and what ends or poisons it. */
export const MEMORY: readonly Row[] = [
  {
    name: 'held',
    area: 'memory',
    what: 'what is held is not read again',
    asks: [...HOLDS, 'GET /api/v2/select?p=$p'],
    attempt: async (sq, at) => ({ holds: await heldAfter(sq, at, async () => undefined) }),
    gives: { holds: 'memory' },
  },
  {
    name: 'ghost-file',
    area: 'memory',
    what: 'reading a phext that is not there leaves an empty ghost file',
    asks: ['GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1'],
    attempt: async (sq, at) => ({
      reply: outcome(sq, await raw(sq, `GET /api/v2/select?p=${at.phext}&c=1.1.1/1.1.1/1.1.1`)),
      ghost: (await sq.file(fileOf(at)))?.bytes.length,
    }),
    gives: { reply: '200', ghost: 0 },
    defect: { severity: 'low', advice: 'Let the front pass known phext names alone.' },
  },
  {
    name: 'evicted',
    area: 'memory',
    what: 'a request for another phext makes it let go of the one it holds: the next reads the file again',
    asks: [...HOLDS, 'GET /api/v2/select?p=another', 'GET /api/v2/select?p=$p'],
    attempt: async (sq, at) => ({
      holds: await heldAfter(sq, at, () => scroll(sq, { ...at, phext: `${at.phext}-other` })),
    }),
    gives: { holds: 'disk' },
    defect: { severity: 'medium', advice: EVICT_ADVICE },
  },
  {
    name: 'evicted-without-p',
    area: 'memory',
    what: 'so does a request that names none, and it leaves a ghost file without a name',
    asks: [...HOLDS, 'GET /api/v2/version', 'GET /api/v2/select?p=$p'],
    attempt: async (sq, at) => ({
      holds: await heldAfter(sq, at, () => say(sq, 'GET /api/v2/version')),
      ghost: (await onDisk(sq, { phext: '' })) !== undefined,
    }),
    gives: { holds: 'disk', ghost: true },
    defect: { severity: 'medium', advice: `${EVICT_ADVICE} Monitors too.` },
  },
  {
    name: 'refused-keeps',
    area: 'memory',
    what: 'a refused request does not evict',
    only: isStable,
    asks: [...HOLDS, 'GET /api/v2/read/1.1.1?p=another', 'GET /api/v2/select?p=$p'],
    attempt: async (sq, at) => ({
      holds: await heldAfter(sq, at, () => say(sq, 'GET /api/v2/read/1.1.1?p=x')),
    }),
    gives: { holds: 'memory' },
  },
  {
    name: 'ghost-write',
    area: 'memory',
    what: 'reads leave the file alone; 0.5.1 rewrites it with each (ghost writes)',
    asks: [
      'POST /api/v2/update?p=$p memory',
      '(its file is dated back)',
      'GET select, toc, status, checksum, get',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, 'memory'));
      await sq.put(fileOf(at), Buffer.from('memory'));
      for (const endpoint of ['select', 'toc', 'status', 'checksum', 'get']) {
        await say(sq, `GET /api/v2/${endpoint}?p=${at.phext}&c=${ORIGIN}`);
      }
      return { untouched: (await sq.file(fileOf(at)))?.untouched };
    },
    gives: (build: Build) => ({ untouched: isStable(build) }),
    defect: {
      severity: 'high',
      of: isFragile,
      advice: 'Upgrade: each read is a moment at which a kill tears the file.',
    },
  },
  {
    name: 'scan-ends-it',
    area: 'memory',
    what: 'a connection that closes without a request ends 0.5.1',
    fresh: true,
    asks: ['(connect, close)', 'GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      await sq.cut(new Uint8Array());
      return { after: await afterwards(sq, at) };
    },
    gives: (build: Build) => ({ after: isFragile(build) ? 'closed without an answer' : 'answers' }),
    defect: {
      severity: 'critical',
      of: isFragile,
      advice: 'Upgrade; until then nobody but its clients may reach the port.',
    },
  },
  {
    name: 'poison-utf-8',
    area: 'memory',
    what: 'a phext file that is not UTF-8 ends 0.5.1, poisons 0.5.2 and 0.5.3 (500 until a restart), and is empty from 0.5.4 on',
    fresh: true,
    asks: ['GET /api/v2/select?p=$p (of a file with the byte FF)', 'GET /api/v2/version?p=good'],
    attempt: async (sq, at) => {
      const good = { ...at, phext: `${at.phext}-good` };
      await ask(sq, updateRequest(good, ORIGIN, 'text'));
      await sq.put(fileOf(at), Buffer.from([0x61, 0xff, 0x62]));
      const bad = outcome(sq, await raw(sq, `GET /api/v2/select?p=${at.phext}`));
      return { reply: bad, after: await afterwards(sq, good) };
    },
    gives: (build: Build) => {
      if (isFragile(build)) return { reply: 'closed without an answer', after: 'closed without an answer' };
      const failed = '500 Internal Server Error';
      return poisons(build) ? { reply: failed, after: failed } : { reply: '200', after: 'answers' };
    },
    defect: {
      severity: 'critical',
      advice:
        'Keep every file of the data folder UTF-8 (`ranch backup`, then repair); from 0.5.4 on the next write destroys such a file.',
    },
  },
  {
    name: 'poison-name',
    area: 'memory',
    what: 'a phext name that cannot be a file (too long) ends 0.5.1 and poisons 0.5.2 and 0.5.3: one read of anybody is enough',
    fresh: true,
    asks: ['GET /api/v2/select?p=nnn… (300 letters)', 'GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      const bad = outcome(sq, await raw(sq, `GET /api/v2/select?p=${'n'.repeat(300)}`));
      return { reply: bad, after: await afterwards(sq, at) };
    },
    gives: (build: Build) => {
      if (isFragile(build)) return { reply: 'closed without an answer', after: 'closed without an answer' };
      const failed = '500 Internal Server Error';
      return poisons(build) ? { reply: failed, after: failed } : { reply: '200', after: 'answers' };
    },
    defect: {
      severity: 'critical',
      of: (build) => !since(build, '0.5.4'),
      advice: `Let the front pass known phext names alone. ${RESTART_ADVICE}`,
    },
  },
  {
    name: 'poison-toc',
    area: 'memory',
    what: 'toc where the 32nd byte of a first line splits a character: libphext 0.3.0 panics, and 0.5.2 is poisoned by it',
    fresh: true,
    only: isStable,
    asks: [
      'POST /api/v2/update?p=$p xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé and more',
      'GET /api/v2/toc?p=$p',
      'GET /api/v2/version?p=$p',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, `${'x'.repeat(31)}é and more`));
      return { toc: (await ask(sq, tocRequest(at))).status, after: await afterwards(sq, at) };
    },
    gives: (build: Build) =>
      panicsInToc(build)
        ? { toc: 500, after: poisons(build) ? '500 Internal Server Error' : 'answers' }
        : { toc: 200, after: 'answers' },
    defect: {
      severity: 'critical',
      of: panicsInToc,
      advice:
        'Roll out a build that is linked with libphext 0.3.3 (`ranch artifact build`, without --locked).',
    },
  },
  {
    name: 'write-in-place',
    area: 'memory',
    what: 'a write truncates the file and writes it anew, in place: a kill in between leaves a torn or an empty one',
    asks: ['POST /api/v2/update?p=$p one', 'POST /api/v2/update?p=$p two'],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, 'one'));
      const before = await sq.file(fileOf(at));
      await ask(sq, updateRequest(at, ORIGIN, 'two'));
      const after = await sq.file(fileOf(at));
      return { sameFile: before?.inode === after?.inode, disk: after?.bytes.toString() };
    },
    gives: { sameFile: true, disk: 'two' },
    defect: {
      severity: 'critical',
      advice:
        'Stop it with `ranch stop` or `ranch restart` alone: they wait for a moment at which it writes nothing. Keep backups (`ranch backup`).',
    },
  },
  {
    name: 'failed-write',
    area: 'memory',
    what: 'a write that the disk refuses ends 0.5.1, and is answered with 200 by all others: the text is in memory alone',
    fresh: true,
    asks: [
      'POST /api/v2/update?p=$p one',
      '(its file cannot be written any more)',
      'POST /api/v2/update?p=$p two',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, 'one'));
      await sq.block(fileOf(at));
      const line = `POST /api/v2/update?p=${at.phext}`;
      const reply = outcome(sq, await raw(sq, line, { body: 'two' }));
      return { reply, disk: await onDisk(sq, at) };
    },
    gives: (build: Build) => ({
      reply: isFragile(build) ? 'closed without an answer' : '200 Updated 3 bytes',
      disk: undefined,
    }),
    defect: {
      severity: 'critical',
      advice:
        'Watch the free space of its data folder; `ranch smoke` compares what SQ holds with what its file has.',
    },
  },
  {
    name: 'last-writer',
    area: 'memory',
    what: 'a file that was replaced under a running SQ is overwritten by its next write',
    asks: [...HOLDS, 'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.2 more'],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, 'memory'));
      await scroll(sq, at);
      await sq.put(fileOf(at), Buffer.from('disk'));
      const reply = shown(await ask(sq, updateRequest(at, parseCoordinate('1.1.1/1.1.1/1.1.2'), 'more')));
      const file = await onDisk(sq, at);
      await ask(sq, selectRequest(at, ORIGIN));
      return { reply, disk: file };
    },
    gives: { reply: '200 Updated 4 bytes', disk: 'memory\x17more' },
    defect: {
      severity: 'high',
      advice:
        'Call `load` at once after a file was replaced, or replace it while SQ is stopped (`ranch restore`).',
    },
  },
];
