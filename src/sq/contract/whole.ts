import { Buffer } from 'node:buffer';
import { checksum, hashScroll } from '../checksum.ts';
import { ORIGIN, parseCoordinate } from '../coordinate.ts';
import { implode } from '../phext.ts';
import { parseChecksum, parseDelta, parseLoaded, parsePhext, parseStatus, parseToc } from '../replies.ts';
import {
  checksumRequest,
  deltaRequest,
  getRequest,
  loadRequest,
  statusRequest,
  tocRequest,
  updateRequest,
} from '../requests.ts';
import type { Build } from './build.ts';
import type { Row } from './row.ts';
import { ask, fileOf, onDisk, say, scroll, shown } from './talk.ts';

const FAR = parseCoordinate('7.11.13/3.8.5/1.12.1');

const text = (value: string): Buffer => Buffer.from(value);

/** What is asked of a whole phext. */
export const WHOLE: readonly Row[] = [
  {
    name: 'status',
    area: 'whole phext',
    what: 'status tells the file, the connections since the start, bytes and entries in memory; an empty origin is an entry',
    asks: ['POST /api/v2/update?p=$p&c=7.11.13/3.8.5/1.12.1 x', 'GET /api/v2/status?p=$p'],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, FAR, 'x'));
      const { hosting, bytes, scrolls, connection } = parseStatus(await ask(sq, statusRequest(at)), sq.place);
      return { hosts: hosting.endsWith(`/${fileOf(at)}`), bytes, scrolls, counts: connection > 1 };
    },
    // 6 + 10 + 12, then 2 + 7 + 4, then 0 + 11 + 0 breaks, and one byte; the empty origin counts as an entry.
    gives: { hosts: true, bytes: 53, scrolls: 2, counts: true },
  },
  {
    name: 'toc',
    area: 'whole phext',
    what: 'toc gives the first line of each scroll, in order of coordinates',
    asks: [
      'POST /api/v2/update?p=$p&c=7.11.13/3.8.5/1.12.1 second',
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 first line\\nsecond line',
      'GET /api/v2/toc?p=$p',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, FAR, 'second'));
      await ask(sq, updateRequest(at, ORIGIN, 'first line\nsecond line'));
      return Buffer.from((await ask(sq, tocRequest(at))).body)
        .toString()
        .trim()
        .split('\n');
    },
    gives: [`* ${ORIGIN}: first line...`, `* ${FAR}: second`],
  },
  {
    name: 'toc-empty',
    area: 'whole phext',
    what: 'the toc of an empty phext has one line: the origin',
    asks: ['GET /api/v2/toc?p=$p'],
    gives: [`200 * ${ORIGIN}:`],
  },
  {
    name: 'toc-long-line',
    area: 'whole phext',
    what: 'a long first line is whole; libphext 0.3.0 cuts it at 32 bytes',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
      'GET /api/v2/toc?p=$p',
    ],
    gives: ({ libphext }: Build) => [
      '200 Updated 40 bytes',
      `200 * ${ORIGIN}: ${libphext === '0.3.0' ? `${'x'.repeat(32)}...` : 'x'.repeat(40)}`,
    ],
  },
  {
    name: 'codec',
    area: 'whole phext',
    what: 'file, get and checksum are what our own codec makes of the same scrolls',
    asks: [
      'POST /api/v2/update?p=$p&c=C TEXT (four coordinates, in no order)',
      'GET /api/v2/get?p=$p',
      'GET /api/v2/checksum?p=$p',
    ],
    attempt: async (sq, at) => {
      const places = ['999.999.999/999.999.999/999.999.999', '1.1.1/1.1.1/1.1.2', '2.1.1/1.1.1/1.1.1', FAR];
      const scrolls = places.map((place) => ({
        coordinate: parseCoordinate(place),
        bytes: text(`at ${place}`),
      }));
      for (const { coordinate, bytes } of scrolls) await ask(sq, updateRequest(at, coordinate, bytes));
      const ours = Buffer.from(implode(scrolls));
      const file = await sq.file(fileOf(at));
      const theirs = parsePhext(await ask(sq, getRequest(at)), sq.place);
      const sum = parseChecksum(await ask(sq, checksumRequest(at)), sq.place);
      return {
        file: file ? ours.equals(file.bytes) : false,
        get: ours.equals(theirs),
        checksum: sum === (await checksum(scrolls)),
      };
    },
    gives: { file: true, get: true, checksum: true },
  },
  {
    name: 'checksum-empty',
    area: 'whole phext',
    what: 'the checksum of nothing',
    asks: ['GET /api/v2/checksum?p=$p'],
    gives: ['200 99aa06d3014798d86001c324468d497f'],
  },
  {
    name: 'clamped',
    area: 'whole phext',
    what: 'breaks beyond 999 clamp; what comes last on a coordinate stays; 0x1B is text',
    asks: ['GET /api/v2/toc?p=$p (of a file made for it)', 'GET /api/v2/checksum?p=$p'],
    attempt: async (sq, at) => {
      const odd = Buffer.from(`a${'\x17'.repeat(1200)}b\x17c\x18${'\x17'.repeat(3)}\x1bd`);
      await sq.put(fileOf(at), odd);
      const toc = parseToc(await ask(sq, tocRequest(at)), sq.place);
      const sum = parseChecksum(await ask(sq, checksumRequest(at)), sq.place);
      return {
        toc: toc.map((each) => `${each.coordinate} ${each.summary}`),
        checksum: sum === (await checksum(odd)),
      };
    },
    gives: {
      toc: ['1.1.1/1.1.1/1.1.1 a', '1.1.1/1.1.1/1.1.999 c', '1.1.1/1.1.1/1.2.4 \x1bd'],
      checksum: true,
    },
  },
  {
    name: 'clamped-end',
    area: 'whole phext',
    what: 'breaks at the end of a clamped file wipe out its last scroll',
    asks: ['GET /api/v2/toc?p=$p (of a file made for it)', 'GET /api/v2/checksum?p=$p'],
    attempt: async (sq, at) => {
      const odd = Buffer.from(`a${'\x17'.repeat(1200)}b\x17\x17`);
      await sq.put(fileOf(at), odd);
      const toc = parseToc(await ask(sq, tocRequest(at)), sq.place);
      const sum = parseChecksum(await ask(sq, checksumRequest(at)), sq.place);
      return { scrolls: toc.length, checksum: sum === (await checksum(odd)) };
    },
    gives: { scrolls: 1, checksum: true },
  },
  {
    name: 'delta',
    area: 'whole phext',
    what: 'delta gives the scrolls whose checksum is another one, and names what it was asked for and lacks',
    asks: ['POST /api/v2/delta?p=$p COORDINATE: HASH (a line each)'],
    attempt: async (sq, at) => {
      const places = ['1.1.1/1.1.1/1.1.1', '1.1.1/1.1.1/1.1.2', '1.1.1/1.1.1/1.1.3'].map((place) =>
        parseCoordinate(place),
      );
      const [same = ORIGIN, other = ORIGIN, unknown = ORIGIN] = places;
      await ask(sq, updateRequest(at, same, 'same'));
      await ask(sq, updateRequest(at, other, 'new'));
      await ask(sq, updateRequest(at, unknown, 'unasked'));
      const asked = new Map([
        [same, await hashScroll(text('same'))],
        [other, await hashScroll(text('old'))],
        [FAR, await hashScroll(text('gone'))],
      ]);
      const { differing, missing } = parseDelta(await ask(sq, deltaRequest(at, asked)), sq.place);
      return { differing: differing.map((each) => `${each.coordinate} ${Buffer.from(each.bytes)}`), missing };
    },
    gives: { differing: ['1.1.1/1.1.1/1.1.2 new', '1.1.1/1.1.1/1.1.3 unasked'], missing: [FAR] },
  },
  {
    name: 'load',
    area: 'whole phext',
    what: 'load reads the file again; what memory held and the file did not is lost',
    asks: [
      'POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 from memory',
      'GET /api/v2/load?p=$p (the file is another one now)',
      'GET /api/v2/select?p=$p&c=1.1.1/1.1.1/1.1.1',
    ],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, 'from memory'));
      await sq.put(fileOf(at), text('from disk'));
      const loaded = parseLoaded(await ask(sq, loadRequest(at)), sq.place);
      return { names: loaded.endsWith(fileOf(at)), holds: await scroll(sq, at) };
    },
    gives: { names: true, holds: 'from disk' },
  },
  {
    name: 'json-export',
    area: 'whole phext',
    what: 'json-export answers JSON, and leaves a .json file beside the phext',
    asks: ['POST /api/v2/update?p=$p&c=1.1.1/1.1.1/1.1.1 a "b"', 'GET /api/v2/json-export?p=$p'],
    attempt: async (sq, at) => {
      await ask(sq, updateRequest(at, ORIGIN, 'a "b"'));
      const reply = shown(await say(sq, `GET /api/v2/json-export?p=${at.phext}`));
      const file = (await sq.file(`${fileOf(at)}.json`))?.bytes.toString().trim();
      return { reply, leaves: `200 ${file}` === reply };
    },
    gives: { reply: '200 [\n   { "coord": "1.1.1/1.1.1/1.1.1", "scroll": "a \\"b\\"" }\n]', leaves: true },
    defect: {
      severity: 'low',
      advice: 'Let the front refuse json-export, and remove *.phext.json from the data folder.',
    },
  },
  {
    name: 'where',
    area: 'whole phext',
    what: 'where computes a coordinate from a text; it is not one that can be written to',
    asks: ['POST /api/v2/where?p=$p&limit=2 one\\x17two\\x19three\\x17x'],
    attempt: async (sq, at) => ({
      reply: shown(
        await say(sq, `POST /api/v2/where?p=${at.phext}&limit=2`, { body: 'one\x17two\x19three\x17x' }),
      ),
    }),
    gives: { reply: '200 Calculated coordinate 0.0.0/0.0.0/3.0.3 for input (algo=xor, limit=2).' },
  },
  {
    name: 'name-on-disk',
    area: 'whole phext',
    what: 'a phext name reaches the disk as it was',
    asks: ['POST /api/v2/update?p=$p a+b%20&c=d;é (encoded) here'],
    attempt: async (sq, at) => {
      const odd = { ...at, phext: `${at.phext} a+b%20&c=d;é` };
      await ask(sq, updateRequest(odd, ORIGIN, 'here'));
      return { disk: await onDisk(sq, odd) };
    },
    gives: { disk: 'here' },
  },
];
