import { Buffer } from 'node:buffer';
import { parseCoordinate } from '../coordinate.ts';
import { parseScroll, parseWritten } from '../replies.ts';
import {
  deleteRequest,
  loadRequest,
  selectRequest,
  updateByQueryRequest,
  updateRequest,
} from '../requests.ts';
import { type Build, since } from './build.ts';
import type { Row } from './row.ts';
import { ask, onDisk, scroll } from './talk.ts';

/** What an encoding could spoil. */
const AWKWARD = ` 100% + a&b=c; "q" 'é' ✓ 𝛑 %41 %zz\n#x?y=z\ttab `;

const FAR = parseCoordinate('7.11.13/3.8.5/1.12.1');

/** A scroll behind one that is emptied, and where SQ writes it: the breaks up to the emptied one are left out. */
const BEHIND = parseCoordinate('1.1.1/1.1.1/1.1.9');
const EMPTIED = parseCoordinate('1.1.1/1.1.1/1.1.4');
const MOVED = parseCoordinate('1.1.1/1.1.1/1.1.6');

/** Reading and writing scrolls. */
export const SCROLLS: readonly Row[] = [
  {
    name: 'version',
    area: 'scrolls',
    what: 'says its version, bare',
    asks: ['GET /api/v2/version?p=$p'],
    gives: ({ version }: { version: string }) => [`200 ${version}`],
  },
  {
    name: 'update-body',
    area: 'scrolls',
    what: 'a posted text comes back as it was, whatever is in it',
    asks: [
      'POST /api/v2/update?p=$p&c=7.11.13/3.8.5/1.12.1 TEXT',
      'GET /api/v2/select?p=$p&c=7.11.13/3.8.5/1.12.1',
    ],
    attempt: async (sq, at) => {
      const { verb, bytes } = parseWritten(await ask(sq, updateRequest(at, FAR, AWKWARD)), sq.place);
      return { verb, bytes, same: (await scroll(sq, at, FAR)) === AWKWARD };
    },
    gives: { verb: 'Updated', bytes: Buffer.byteLength(AWKWARD), same: true },
  },
  {
    name: 'update-query',
    area: 'scrolls',
    what: 'a text in the query comes back as it was: percent-encoded, `+` for a blank',
    asks: [
      'GET /api/v2/update?p=$p&c=7.11.13/3.8.5/1.12.1&s=TEXT',
      'GET /api/v2/select?p=$p&c=7.11.13/3.8.5/1.12.1',
    ],
    attempt: async (sq, at) => {
      const { verb, bytes } = parseWritten(await ask(sq, updateByQueryRequest(at, FAR, AWKWARD)), sq.place);
      return { verb, bytes, same: (await scroll(sq, at, FAR)) === AWKWARD };
    },
    gives: { verb: 'Updated', bytes: Buffer.byteLength(AWKWARD), same: true },
  },
  {
    name: 'select-missing',
    area: 'scrolls',
    what: 'a scroll that is not there is 200 and empty',
    asks: ['GET /api/v2/select?p=$p&c=5.5.5/5.5.5/5.5.5'],
    gives: ['200'],
    defect: {
      severity: 'low',
      advice: 'Ask `toc` where it matters whether a scroll is there.',
    },
  },
  {
    name: 'update-empty',
    area: 'scrolls',
    what: 'an empty text, or none, empties the scroll',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 something',
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    gives: ['200 Updated 9 bytes', '200 Updated 0 bytes', '200'],
  },
  {
    name: 'empty-text',
    area: 'scrolls',
    what: 'an empty text moves the scrolls behind it when the file is read again, before 0.5.3',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.9 behind',
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.4',
      'GET /api/v2/load?p=$p',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.9',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.6',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, BEHIND, 'behind'));
      await ask(sq, updateRequest(at, EMPTIED, ''));
      await ask(sq, loadRequest(at));
      return { there: await scroll(sq, at, BEHIND), moved: await scroll(sq, at, MOVED) };
    },
    gives: (build: Build) =>
      since(build, '0.5.3') ? { there: 'behind', moved: '' } : { there: '', moved: 'behind' },
    defect: {
      severity: 'high',
      advice: 'Empty a scroll by `delete`, never by an empty `update` or `insert`.',
      of: (build) => !since(build, '0.5.3'),
    },
  },
  {
    name: 'insert',
    area: 'scrolls',
    what: 'insert appends, with nothing between',
    asks: [
      'POST /api/v2/insert?p=$p&c=7.11.13/3.8.5/1.12.1 one',
      'POST /api/v2/insert?p=$p&c=7.11.13/3.8.5/1.12.1 zwö',
      'GET /api/v2/insert?p=$p&c=7.11.13/3.8.5/1.12.1&s=+tre',
      'GET /api/v2/select?p=$p&c=7.11.13/3.8.5/1.12.1',
    ],
    gives: ['200 Inserted 3 bytes', '200 Inserted 4 bytes', '200 Inserted 4 bytes', '200 onezwö tre'],
  },
  {
    name: 'delete',
    area: 'scrolls',
    what: 'delete says how many bytes it removed, and 0 where there was nothing',
    asks: [
      'POST /api/v2/update?p=$p&c=7.11.13/3.8.5/1.12.1 zwölf',
      'GET /api/v2/delete?p=$p&c=7.11.13/3.8.5/1.12.1 (twice)',
      'GET /api/v2/select?p=$p&c=7.11.13/3.8.5/1.12.1',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, FAR, 'zwölf'));
      const first = parseWritten(await ask(sq, deleteRequest(at, FAR)), sq.place);
      const second = parseWritten(await ask(sq, deleteRequest(at, FAR)), sq.place);
      const holds = parseScroll(await ask(sq, selectRequest(at, FAR)), sq.place);
      return { verb: first.verb, first: first.bytes, second: second.bytes, holds };
    },
    gives: { verb: 'Removed', first: 6, second: 0, holds: '' },
  },
  {
    name: 'delete-write-read',
    area: 'scrolls',
    what: 'delete, write, read: the new text alone, in memory and on disk',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 old',
      'GET /api/v2/delete?p=$p&c=1.1.1/1.1.1/1.1.1',
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 new',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    attempt: async (sq, at) => {
      const here = parseCoordinate('1.1.1/1.1.1/1.1.1');
      await ask(sq, updateRequest(at, here, 'old'));
      await ask(sq, deleteRequest(at, here));
      await ask(sq, updateRequest(at, here, 'new'));
      return { memory: await scroll(sq, at), disk: await onDisk(sq, at) };
    },
    gives: { memory: 'new', disk: 'new' },
  },
  {
    name: 'not-utf-8',
    area: 'scrolls',
    what: 'a body that is not UTF-8 is changed without a word: each bad byte becomes U+FFFD',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 a\\xffb',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    attempt: async (sq, at) => {
      const request = updateRequest(at, parseCoordinate('1.1.1/1.1.1/1.1.1'), '');
      await ask(sq, { ...request, body: Buffer.from([0x61, 0xff, 0x62]) });
      return { holds: await scroll(sq, at) };
    },
    gives: { holds: 'a\ufffdb' },
    defect: { severity: 'low', advice: 'Send UTF-8 alone; what else is sent is not what is kept.' },
  },
];
