import { ORIGIN } from '../coordinate.ts';
import { tocRequest } from '../requests.ts';
import type { Build } from './build.ts';
import { since } from './build.ts';
import type { Row } from './row.ts';
import { afterwards, ask, outcome, raw, say, scroll, shown } from './talk.ts';

/** How long is waited for an answer that is not expected: SQ takes 75 to 250 MB/s meanwhile. */
const LOOPS_MS = 300;

function loops(build: Build): boolean {
  return !since(build, '0.5.3');
}

const CHECK_ADVICE = 'Check coordinates before they are sent: nine parts from 1 to 999.';

/** What SQ takes for a coordinate. */
export const COORDINATES: readonly Row[] = [
  {
    name: 'semicolon',
    area: 'coordinates',
    what: 'a semicolon stands for a slash',
    asks: [
      'GET /api/v2/update?p=$p&c=1.1.1;1.1.1;1.1.2&s=here',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.2',
    ],
    gives: ['200 Updated 4 bytes', '200 here'],
  },
  {
    name: 'garbage',
    area: 'coordinates',
    what: 'garbage, and no coordinate at all, mean the origin: a typing error overwrites it',
    asks: [
      'GET /api/v2/update?p=$p&c=nonsense&s=one',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
      'GET /api/v2/update?p=$p&s=two',
      'GET /api/v2/update?p=$p&c=-1.1.1/1.1.1/1.1.1&s=three',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    gives: ['200 Updated 3 bytes', '200 one', '200 Updated 3 bytes', '200 Updated 5 bytes', '200 three'],
    defect: { severity: 'high', advice: `${CHECK_ADVICE} Let the front refuse other ones.` },
  },
  {
    name: 'short',
    area: 'coordinates',
    what: 'parts that are not there are 1',
    asks: ['GET /api/v2/update?p=$p&c=2.1.1&s=short', 'GET /api/v2/select?p=$p&c=2.1.1/1.1.1/1.1.1'],
    gives: ['200 Updated 5 bytes', '200 short'],
    defect: { severity: 'low', advice: CHECK_ADVICE },
  },
  {
    name: 'part-0',
    area: 'coordinates',
    what: 'a part of 0 is taken, and moves the origin when the file is read again',
    asks: [
      'GET /api/v2/update?p=$p&c=1.1.1/1.1.1/0.1.1&s=zero',
      'GET /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1&s=origin',
      'GET /api/v2/load?p=$p',
      'GET /api/v2/toc?p=$p',
    ],
    attempt: async (sq, at) => {
      await say(sq, `GET /api/v2/update?p=${at.phext}&c=1.1.1/1.1.1/0.1.1&s=zero`);
      await say(sq, `GET /api/v2/update?p=${at.phext}&c=${ORIGIN}&s=origin`);
      await say(sq, `GET /api/v2/load?p=${at.phext}`);
      return shown(await ask(sq, tocRequest(at)));
    },
    gives: '200 * 1.1.1/1.1.1/1.1.1: zero\n* 1.1.1/1.1.1/2.1.1: origin',
    defect: { severity: 'high', advice: CHECK_ADVICE },
  },
  {
    name: 'read-1000',
    area: 'coordinates',
    what: 'a part of 1000 on a read is a scroll that is not there',
    asks: ['GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1000'],
    gives: ['200'],
  },
  {
    name: 'endless-loop',
    area: 'coordinates',
    what: 'a part of 1000 on a write: before 0.5.3 it never answers, takes memory without end, and nothing is answered after it',
    fresh: true,
    asks: ['GET /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1000&s=x', 'GET /api/v2/version?p=$p'],
    attempt: async (sq, at) => {
      const within = loops(sq.build) ? LOOPS_MS : undefined;
      const write = await raw(sq, `GET /api/v2/update?p=${at.phext}&c=1.1.1/1.1.1/1.1.1000&s=x`, {}, within);
      return { reply: outcome(sq, write), after: await afterwards(sq, at, within) };
    },
    gives: (build: Build) =>
      loops(build)
        ? { reply: 'no answer', after: 'no answer' }
        : { reply: '200 Updated 1 bytes', after: 'answers' },
    defect: {
      severity: 'critical',
      of: loops,
      advice: `${CHECK_ADVICE} Let the front refuse other ones; \`LimitAS=512M\` and \`Restart=on-failure\` in its unit end it where it loops.`,
    },
  },
  {
    name: 'delimiter',
    area: 'coordinates',
    what: 'a text that holds a delimiter is kept, and falls apart into several scrolls when the file is read again',
    asks: [
      'GET /api/v2/update?p=$p&s=one%17two',
      'GET /api/v2/load?p=$p',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    attempt: async (sq, at) => {
      await say(sq, `GET /api/v2/update?p=${at.phext}&s=one%17two`);
      const before = await scroll(sq, at);
      await say(sq, `GET /api/v2/load?p=${at.phext}`);
      return { before, after: await scroll(sq, at) };
    },
    gives: { before: 'one\x17two', after: 'one' },
    defect: {
      severity: 'medium',
      advice: 'Refuse texts with the bytes 01, 17 to 1A and 1C to 1F before they are sent.',
    },
  },
];
