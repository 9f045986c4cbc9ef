import { Buffer } from 'node:buffer';
import { ORIGIN, parseCoordinate } from '../coordinate.ts';
import { deltaRequest, type Target, updateRequest } from '../requests.ts';
import type { Bench } from './bench.ts';
import { type Build, isFragile, isStable, poisons } from './build.ts';
import type { Row } from './row.ts';
import { ask, fileOf, onDisk, outcome, raw, scroll } from './talk.ts';

/** Text that ends within a character, as a full disk leaves it. */
const SPOILT = Buffer.from('cut \u00e9').subarray(0, -1);

const spoil = (sq: Bench, at: Target): Promise<void> => sq.put(fileOf(at), SPOILT);
const vanish = (sq: Bench, at: Target): Promise<void> => sq.remove(fileOf(at));

const HELD = 'POST /api/v2/update?p=$p held';
const SPOILS = '(its file is cut off within a character)';
const VANISHES = '(its file is removed)';

/** The beginning of an answer: what follows names a path, and the words of the operating system. */
const SAID = 34;

/** What `endpoint` answers, and what the phext holds after it, where its file is not what SQ wrote any more. */
async function askedOf(sq: Bench, at: Target, endpoint: string, change: typeof spoil) {
  await ask(sq, updateRequest(at, ORIGIN, 'held'));
  await change(sq, at);
  const reply = outcome(sq, await raw(sq, `GET /api/v2/${endpoint}?p=${at.phext}`)).slice(0, SAID);
  return { reply, holds: outcome(sq, await raw(sq, `GET /api/v2/select?p=${at.phext}&c=${ORIGIN}`)) };
}

/** What a request gives that SQ cannot serve without its file, and the one after it. */
function unread(build: Build, from054: { readonly reply: string; readonly holds: string }) {
  if (isFragile(build)) return { reply: 'closed without an answer', holds: 'closed without an answer' };
  const failed = '500 Internal Server Error';
  return poisons(build) ? { reply: failed, holds: failed } : from054;
}

const NO_FILE = { reply: '200 Unable to open requested phext', holds: '200 held' };

const GET_ADVICE =
  'Before a `get` look whether the file is there and UTF-8, as ranch does. What memory holds is read out by `ranch content rescue`; any write then writes the file anew.';

/** What becomes of a phext that SQ holds when its file is spoilt or gone. */
export const SPOILED: readonly Row[] = [
  {
    name: 'poison-get',
    area: 'memory',
    what: 'get reads the file, though SQ holds the phext: where it is not UTF-8, that ends 0.5.1, poisons 0.5.2 and 0.5.3, and is a 200 with an error for a text from 0.5.4 on',
    fresh: true,
    asks: [HELD, SPOILS, 'GET /api/v2/get?p=$p', 'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1'],
    attempt: (sq, at) => askedOf(sq, at, 'get', spoil),
    gives: (build: Build) => unread(build, NO_FILE),
    defect: { severity: 'critical', advice: GET_ADVICE },
  },
  {
    name: 'poison-get-gone',
    area: 'memory',
    what: 'so does a get where the file is gone',
    fresh: true,
    asks: [HELD, VANISHES, 'GET /api/v2/get?p=$p', 'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1'],
    attempt: (sq, at) => askedOf(sq, at, 'get', vanish),
    gives: (build: Build) => unread(build, NO_FILE),
    defect: { severity: 'critical', advice: GET_ADVICE },
  },
  {
    name: 'load-spoilt',
    area: 'memory',
    what: 'load of a file that is not UTF-8 ends 0.5.1 and poisons 0.5.2 and 0.5.3; from 0.5.4 on it says Loaded, and what memory held is lost',
    fresh: true,
    asks: [HELD, SPOILS, 'GET /api/v2/load?p=$p', 'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1'],
    attempt: async (sq, at) => {
      const { reply, holds } = await askedOf(sq, at, 'load', spoil);
      return { reply: reply.replace(/ Loaded .*/, ' Loaded'), holds };
    },
    gives: (build: Build) => unread(build, { reply: '200 Loaded', holds: '200' }),
    defect: {
      severity: 'critical',
      advice: 'Check a file before it is put in place (`ranch content deploy`).',
    },
  },
  {
    name: 'load-gone',
    area: 'memory',
    what: 'load and json-export read the file again: where it is gone they make an empty one, and what memory held is lost',
    asks: [HELD, VANISHES, 'GET /api/v2/load?p=$p', HELD, VANISHES, 'GET /api/v2/json-export?p=$p'],
    attempt: async (sq, at) => ({
      load: (await askedOf(sq, at, 'load', vanish)).holds,
      export: (await askedOf(sq, at, 'json-export', vanish)).holds,
    }),
    gives: { load: '200', export: '200' },
    defect: {
      severity: 'high',
      advice:
        'Write any scroll where a file was removed under SQ: that writes it anew. Never ask for a load or an export before.',
    },
  },
  {
    name: 'spoilt-held',
    area: 'memory',
    what: 'all else is answered from memory, whatever became of the file, and the next write writes it anew',
    only: isStable,
    asks: [
      HELD,
      SPOILS,
      'GET status, checksum, toc, select, POST delta',
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.2 more',
    ],
    attempt: async (sq, at) => {
      const statuses: number[] = [];
      await ask(sq, updateRequest(at, ORIGIN, 'held'));
      for (const change of [spoil, vanish]) {
        await change(sq, at);
        for (const endpoint of ['status', 'checksum', 'toc', 'select']) {
          const line = `GET /api/v2/${endpoint}?p=${at.phext}&c=${ORIGIN}`;
          statuses.push(Number(outcome(sq, await raw(sq, line)).slice(0, 3)));
        }
        statuses.push((await ask(sq, deltaRequest(at, new Map()))).status);
      }
      const holds = await scroll(sq, at);
      await ask(sq, updateRequest(at, parseCoordinate('1.1.1/1.1.1/1.1.2'), 'more'));
      return { statuses: [...new Set(statuses)], holds, disk: await onDisk(sq, at) };
    },
    gives: { statuses: [200], holds: 'held', disk: 'held\x17more' },
  },
];
