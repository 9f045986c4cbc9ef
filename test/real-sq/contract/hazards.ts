import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORIGIN, parseCoordinate } from '../../../src/sq/coordinate.ts';
import { parseScroll, parseToc } from '../../../src/sq/replies.ts';
import {
  selectRequest,
  statusRequest,
  type Target,
  tocRequest,
  updateRequest,
} from '../../../src/sq/requests.ts';
import { bareConnect } from '../exchange.ts';
import type { RunningSq, Subject } from '../subject.ts';
import { isFragile, isStable, type Row } from './row.ts';

const NEXT = parseCoordinate('1.1.1/1.1.1/1.1.2');

function fileOf(sq: RunningSq, at: Target): string {
  return join(sq.dataDir, `${at.phext}.phext`);
}

async function scroll(sq: RunningSq, at: Target, coordinate = ORIGIN): Promise<string> {
  return parseScroll(await sq.ask(selectRequest(at, coordinate)), sq.place);
}

async function toc(sq: RunningSq, at: Target): Promise<readonly (readonly string[])[]> {
  const entries = parseToc(await sq.ask(tocRequest(at)), sq.place);
  return entries.map(({ coordinate, summary }) => [coordinate, summary]);
}

/** What becomes of a phext that is changed on disk while SQ holds it. */
async function heldAfter(sq: RunningSq, at: Target, between: () => Promise<unknown>): Promise<string> {
  await sq.ask(updateRequest(at, ORIGIN, 'memory'));
  await scroll(sq, at);
  writeFileSync(fileOf(sq, at), 'disk');
  await between();
  return await scroll(sq, at);
}

export const HAZARDS: readonly Row[] = [
  {
    what: 'what is held is not read again',
    attempt: (sq, at) => heldAfter(sq, at, async () => undefined),
    gives: 'memory',
  },
  {
    what: 'a request for another phext evicts',
    attempt: (sq, at) => heldAfter(sq, at, () => scroll(sq, { phext: `${at.phext}-other` })),
    gives: 'disk',
  },
  {
    what: 'a request without a phext evicts, and leaves a ghost without a name',
    attempt: async (sq, at) => {
      const held = await heldAfter(sq, at, () => sq.say('GET /api/v2/version'));
      return [held, existsSync(join(sq.dataDir, '.phext'))];
    },
    gives: ['disk', true],
  },
  {
    what: 'a refused request does not evict',
    only: isStable,
    attempt: (sq, at) => heldAfter(sq, at, () => sq.say('GET /api/v2/read/1.1.1?p=x')),
    gives: 'memory',
  },
  {
    what: 'reading rewrites the file on 0.5.1 alone',
    attempt: async (sq, at) => {
      await heldAfter(sq, at, async () => undefined);
      return readFileSync(fileOf(sq, at), 'utf8');
    },
    gives: (subject: Subject) => (isFragile(subject) ? 'memory' : 'disk'),
  },
  {
    what: 'reading an unknown phext leaves an empty ghost file',
    attempt: async (sq, at) => [await scroll(sq, at), readFileSync(fileOf(sq, at), 'utf8')],
    gives: ['', ''],
  },
  {
    what: 'garbage and no coordinate mean the origin',
    attempt: async (sq, at) => {
      await sq.say(`GET /api/v2/update?p=${at.phext}&c=nonsense&s=one`);
      const first = await scroll(sq, at);
      await sq.say(`GET /api/v2/update?p=${at.phext}&s=two`);
      return [first, await scroll(sq, at)];
    },
    gives: ['one', 'two'],
  },
  {
    what: 'a semicolon stands for a slash',
    attempt: async (sq, at) => {
      await sq.say(`GET /api/v2/update?p=${at.phext}&c=1.1.1;1.1.1;1.1.2&s=here`);
      return await scroll(sq, at, NEXT);
    },
    gives: 'here',
  },
  {
    what: 'a part of 0 is taken, and moves the origin when the file is read again',
    attempt: async (sq, at) => {
      await sq.say(`GET /api/v2/update?p=${at.phext}&c=1.1.1/1.1.1/0.1.1&s=zero`);
      await sq.say(`GET /api/v2/update?p=${at.phext}&c=1.1.1/1.1.1/1.1.1&s=origin`);
      await sq.say(`GET /api/v2/load?p=${at.phext}`);
      return await toc(sq, at);
    },
    gives: [
      ['1.1.1/1.1.1/1.1.1', 'zero'],
      ['1.1.1/1.1.1/2.1.1', 'origin'],
    ],
  },
  {
    what: 'a part of 1000 on a write never answers, and nothing does after it',
    fresh: true,
    only: ({ version }) => version !== '0.5.6',
    attempt: async (sq, at) => {
      const ask = (line: string) => sq.raw(`${line} HTTP/1.1\r\n\r\n`, 300);
      const first = await ask(`GET /api/v2/update?p=${at.phext}&c=1.1.1/1.1.1/1.1.1000&s=x`);
      return [first.end, (await ask(`GET /api/v2/version?p=${at.phext}`)).end];
    },
    gives: ['silent', 'silent'],
  },
  {
    what: 'text with a delimiter falls apart when the file is read again',
    attempt: async (sq, at) => {
      await sq.say(`GET /api/v2/update?p=${at.phext}&s=one%17two`);
      await sq.say(`GET /api/v2/load?p=${at.phext}`);
      return [await scroll(sq, at), await scroll(sq, at, NEXT)];
    },
    gives: ['one', 'two'],
  },
  {
    what: 'a body that is not UTF-8 is changed without a word',
    attempt: async (sq, at) => {
      const head = `POST /api/v2/update?p=${at.phext} HTTP/1.1\r\nContent-Length: 3\r\n\r\n`;
      await sq.sendBytes(Buffer.concat([Buffer.from(head), Buffer.from([0x61, 0xff, 0x62])]));
      return await scroll(sq, at);
    },
    gives: 'a\ufffdb',
  },
  {
    what: 'HTTP/1.0 spoils the last parameter',
    attempt: async (sq, at) => {
      await sq.raw(`GET /api/v2/update?p=${at.phext}&s=x HTTP/1.0\r\n\r\n`);
      return await scroll(sq, at);
    },
    gives: 'x HTTP/1.0',
  },
  {
    what: 'a connection that closes without a request ends 0.5.1 alone',
    fresh: true,
    attempt: async (sq, at) => {
      await bareConnect(sq.port);
      if (isFragile(sq.subject)) return await sq.ended();
      return (await sq.ask(statusRequest(at))).status;
    },
    gives: (subject: Subject) => (isFragile(subject) ? 101 : 200),
  },
  {
    what: 'a file that is not UTF-8 ends 0.5.1, poisons 0.5.2, and is empty to 0.5.6',
    fresh: true,
    attempt: async (sq, at) => {
      await sq.ask(updateRequest({ phext: 'good' }, ORIGIN, 'text'));
      writeFileSync(fileOf(sq, at), Buffer.from([0x61, 0xff, 0x62]));
      if (isFragile(sq.subject)) {
        await sq.raw(`GET /api/v2/select?p=${at.phext} HTTP/1.1\r\n\r\n`);
        return await sq.ended();
      }
      const bad = await sq.ask(selectRequest(at, ORIGIN));
      const good = await sq.ask(selectRequest({ phext: 'good' }, ORIGIN));
      const unlocked = await sq.say('GET /api/v2/nothing');
      return [bad.status, good.status, unlocked.status];
    },
    gives: ({ version }: Subject) => {
      if (version === '0.5.1') return 101;
      return version === '0.5.2' ? [500, 500, 404] : [200, 200, 404];
    },
  },
  {
    what: 'a summary that splits a character: libphext 0.3.0 panics',
    fresh: true,
    only: isStable,
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, ORIGIN, `${'x'.repeat(31)}é and more`));
      const reply = await sq.ask(tocRequest(at));
      return [reply.status, (await sq.ask(statusRequest(at))).status];
    },
    gives: ({ libphext }: Subject) => (libphext === '0.3.0' ? [500, 500] : [200, 200]),
  },
  {
    what: 'a long first line: libphext 0.3.0 cuts it at 32 bytes',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, ORIGIN, 'x'.repeat(40)));
      return await toc(sq, at);
    },
    gives: ({ libphext }: Subject) => [
      [ORIGIN, libphext === '0.3.0' ? `${'x'.repeat(32)}...` : 'x'.repeat(40)],
    ],
  },
  {
    what: '0.5.1 prints the key into its log',
    args: ['--key', 'sesame'],
    attempt: async (sq, at) => {
      await sq.say(`GET /api/v2/version?p=${at.phext}`, ['Authorization: Bearer sesame']);
      await sq.say('GET /api/v2/version?p=again', ['Authorization: Bearer sesame']);
      return sq.log.includes('sesame');
    },
    gives: isFragile,
  },
];
