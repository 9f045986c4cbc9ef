import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksum, hashScroll } from '../../../src/sq/checksum.ts';
import { ORIGIN, parseCoordinate } from '../../../src/sq/coordinate.ts';
import { implode } from '../../../src/sq/phext.ts';
import {
  parseChecksum,
  parseDelta,
  parseLoaded,
  parsePhext,
  parseScroll,
  parseStatus,
  parseToc,
  parseVersion,
  parseWritten,
} from '../../../src/sq/replies.ts';
import {
  checksumRequest,
  deleteRequest,
  deltaRequest,
  getRequest,
  insertRequest,
  loadRequest,
  selectRequest,
  statusRequest,
  type Target,
  tocRequest,
  updateByQueryRequest,
  updateRequest,
  versionRequest,
} from '../../../src/sq/requests.ts';
import type { RunningSq } from '../subject.ts';
import type { Row } from './row.ts';

/** What an encoding could spoil. */
const AWKWARD = ` 100% + a&b=c; "q" 'é' ✓ 𝛑 %41 %zz\n#x?y=z\ttab `;

const FAR = parseCoordinate('7.11.13/3.8.5/1.12.1');

const text = (value: string): Buffer => Buffer.from(value);

function fileOf(sq: RunningSq, at: Target): string {
  return join(sq.dataDir, `${at.phext}.phext`);
}

export const SCROLLS: readonly Row[] = [
  {
    what: 'version is bare',
    attempt: async (sq, at) => parseVersion(await sq.ask(versionRequest(at)), sq.place),
    gives: ({ version }: { version: string }) => version,
  },
  {
    what: 'a posted text comes back as it was',
    attempt: async (sq, at) => {
      const said = parseWritten(await sq.ask(updateRequest(at, FAR, AWKWARD)), sq.place);
      return [said, parseScroll(await sq.ask(selectRequest(at, FAR)), sq.place)];
    },
    gives: [{ verb: 'Updated', bytes: Buffer.byteLength(AWKWARD) }, AWKWARD],
  },
  {
    what: 'a text in the query comes back as it was',
    attempt: async (sq, at) => {
      const said = parseWritten(await sq.ask(updateByQueryRequest(at, FAR, AWKWARD)), sq.place);
      return [said, parseScroll(await sq.ask(selectRequest(at, FAR)), sq.place)];
    },
    gives: [{ verb: 'Updated', bytes: Buffer.byteLength(AWKWARD) }, AWKWARD],
  },
  {
    what: 'a phext name reaches the disk as it was',
    attempt: async (sq, at) => {
      const odd = { phext: `${at.phext} a+b%20&c=d;é` };
      await sq.ask(updateRequest(odd, ORIGIN, 'here'));
      return readFileSync(fileOf(sq, odd), 'utf8');
    },
    gives: 'here',
  },
  {
    what: 'an empty text replaces a scroll',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, ORIGIN, 'something'));
      const said = parseWritten(await sq.ask(updateRequest(at, ORIGIN, '')), sq.place);
      return [said, parseScroll(await sq.ask(selectRequest(at, ORIGIN)), sq.place)];
    },
    gives: [{ verb: 'Updated', bytes: 0 }, ''],
  },
  {
    what: 'insert appends with nothing between',
    attempt: async (sq, at) => {
      await sq.ask(insertRequest(at, FAR, 'one'));
      const said = parseWritten(await sq.ask(insertRequest(at, FAR, 'zwö')), sq.place);
      return [said, parseScroll(await sq.ask(selectRequest(at, FAR)), sq.place)];
    },
    gives: [{ verb: 'Inserted', bytes: 4 }, 'onezwö'],
  },
  {
    what: 'delete says how much it removed, and nothing the second time',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, FAR, 'zwölf'));
      const first = parseWritten(await sq.ask(deleteRequest(at, FAR)), sq.place);
      const second = parseWritten(await sq.ask(deleteRequest(at, FAR)), sq.place);
      return [first.bytes, second, parseScroll(await sq.ask(selectRequest(at, FAR)), sq.place)];
    },
    gives: [6, { verb: 'Removed', bytes: 0 }, ''],
  },
  {
    what: 'status counts bytes and entries',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, FAR, 'x'));
      const { hosting, bytes, scrolls, connection } = parseStatus(await sq.ask(statusRequest(at)), sq.place);
      return [hosting.endsWith(`data/${at.phext}.phext`), bytes, scrolls, connection > 1];
    },
    // 6 + 10 + 12, then 2 + 7 + 4, then 0 + 11 + 0 breaks, and one byte; the empty origin counts as an entry.
    gives: [true, 53, 2, true],
  },
  {
    what: 'toc gives first lines in order',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, FAR, 'second'));
      await sq.ask(updateRequest(at, ORIGIN, 'first line\nsecond line'));
      return parseToc(await sq.ask(tocRequest(at)), sq.place);
    },
    gives: [
      { coordinate: ORIGIN, summary: 'first line...' },
      { coordinate: FAR, summary: 'second' },
    ],
  },
  {
    what: 'the toc of an empty phext has one line',
    attempt: async (sq, at) => parseToc(await sq.ask(tocRequest(at)), sq.place),
    gives: [{ coordinate: ORIGIN, summary: '' }],
  },
  {
    what: 'file, get and checksum are what our codec makes of the same scrolls',
    attempt: async (sq, at) => {
      const places = ['999.999.999/999.999.999/999.999.999', '1.1.1/1.1.1/1.1.2', '2.1.1/1.1.1/1.1.1', FAR];
      const scrolls = places.map((place) => ({
        coordinate: parseCoordinate(place),
        bytes: text(`at ${place}`),
      }));
      for (const { coordinate, bytes } of scrolls) await sq.ask(updateRequest(at, coordinate, bytes));
      const ours = Buffer.from(implode(scrolls));
      const theirs = parsePhext(await sq.ask(getRequest(at)), sq.place);
      const sum = parseChecksum(await sq.ask(checksumRequest(at)), sq.place);
      return [
        ours.equals(readFileSync(fileOf(sq, at))),
        ours.equals(theirs),
        sum === (await checksum(scrolls)),
        sum === (await checksum(theirs)),
      ];
    },
    gives: [true, true, true, true],
  },
  {
    what: 'the checksum of nothing',
    attempt: async (sq, at) => parseChecksum(await sq.ask(checksumRequest(at)), sq.place),
    gives: '99aa06d3014798d86001c324468d497f',
  },
  {
    what: 'breaks beyond 999 clamp, and what comes last there stays',
    attempt: async (sq, at) => {
      const odd = Buffer.from(`a${'\x17'.repeat(1200)}b\x17c\x18${'\x17'.repeat(3)}\x1bd`);
      writeFileSync(fileOf(sq, at), odd);
      const toc = parseToc(await sq.ask(tocRequest(at)), sq.place);
      const sum = parseChecksum(await sq.ask(checksumRequest(at)), sq.place);
      return [toc.map(({ coordinate, summary }) => [coordinate, summary]), sum === (await checksum(odd))];
    },
    gives: [
      [
        ['1.1.1/1.1.1/1.1.1', 'a'],
        ['1.1.1/1.1.1/1.1.999', 'c'],
        ['1.1.1/1.1.1/1.2.4', '\x1bd'],
      ],
      true,
    ],
  },
  {
    what: 'breaks at the end of a clamped file wipe out its last scroll',
    attempt: async (sq, at) => {
      const odd = Buffer.from(`a${'\x17'.repeat(1200)}b\x17\x17`);
      writeFileSync(fileOf(sq, at), odd);
      const toc = parseToc(await sq.ask(tocRequest(at)), sq.place);
      const sum = parseChecksum(await sq.ask(checksumRequest(at)), sq.place);
      return [toc.length, sum === (await checksum(odd))];
    },
    gives: [1, true],
  },
  {
    what: 'delta gives what differs and names what is missing',
    attempt: async (sq, at) => {
      const places = ['1.1.1/1.1.1/1.1.1', '1.1.1/1.1.1/1.1.2', '1.1.1/1.1.1/1.1.3'].map((place) =>
        parseCoordinate(place),
      );
      const [same = ORIGIN, other = ORIGIN, unknown = ORIGIN] = places;
      await sq.ask(updateRequest(at, same, 'same'));
      await sq.ask(updateRequest(at, other, 'new'));
      await sq.ask(updateRequest(at, unknown, 'unasked'));
      const asked = new Map([
        [same, await hashScroll(text('same'))],
        [other, await hashScroll(text('old'))],
        [FAR, await hashScroll(text('gone'))],
      ]);
      const { differing, missing } = parseDelta(await sq.ask(deltaRequest(at, asked)), sq.place);
      return [differing.map(({ coordinate, bytes }) => [coordinate, Buffer.from(bytes).toString()]), missing];
    },
    gives: [
      [
        ['1.1.1/1.1.1/1.1.2', 'new'],
        ['1.1.1/1.1.1/1.1.3', 'unasked'],
      ],
      [FAR],
    ],
  },
  {
    what: 'load reads the file again',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, ORIGIN, 'from memory'));
      writeFileSync(fileOf(sq, at), 'from disk');
      const loaded = parseLoaded(await sq.ask(loadRequest(at)), sq.place);
      return [
        loaded.endsWith(`${at.phext}.phext`),
        parseScroll(await sq.ask(selectRequest(at, ORIGIN)), sq.place),
      ];
    },
    gives: [true, 'from disk'],
  },
  {
    what: 'json-export writes a file beside the phext',
    attempt: async (sq, at) => {
      await sq.ask(updateRequest(at, ORIGIN, 'a "b"'));
      const reply = await sq.say(`GET /api/v2/json-export?p=${at.phext}`);
      return [Buffer.from(reply.body).toString(), readFileSync(`${fileOf(sq, at)}.json`, 'utf8')];
    },
    gives: Array.from(
      { length: 2 },
      () => `[\n   { "coord": "1.1.1/1.1.1/1.1.1", "scroll": "a \\"b\\"" }\n]\n`,
    ),
  },
];
