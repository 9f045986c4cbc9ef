import type * as Fs from 'node:fs';
import { hashScroll } from '../../sq/checksum.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { implode, type Scroll, scrollsOf } from '../../sq/phext.ts';
import { type Memory, readText } from './memory.ts';
import { Panic } from './panic.ts';
import { lenientCoordinate } from './place.ts';
import type { Traits } from './traits.ts';

/** What a command works on. */
export interface Call {
  readonly command: string;
  readonly connection: number;
  /** The phext's file. */
  readonly file: string;
  readonly coordinate: Coordinate;
  /** The text sent. */
  readonly text: string;
  /** `limit`: scrolls shorter than this do not count in `where`. */
  readonly limit: number;
  readonly memory: Memory;
  readonly traits: Traits;
  readonly fs: typeof Fs;
}

type Answer = string | Buffer;

const NOTHING = Buffer.alloc(0);

/** The commands that change the phext, after which it is written to disk. */
export const MUTATIONS: readonly string[] = ['insert', 'update', 'delete'];

const COMMANDS: Readonly<Record<string, (call: Call) => Answer | Promise<Answer>>> = {
  version: ({ traits }) => traits.version,
  load: ({ file }) => `Loaded ${file}`,
  select: ({ memory, coordinate }) => memory.map.get(coordinate) ?? NOTHING,
  insert: ({ memory, coordinate, text }) => {
    const added = Buffer.from(text);
    memory.map.set(coordinate, Buffer.concat([memory.map.get(coordinate) ?? NOTHING, added]));
    return `Inserted ${added.length} bytes`;
  },
  update: ({ memory, coordinate, text }) => {
    const bytes = Buffer.from(text);
    memory.map.set(coordinate, bytes);
    return `Updated ${bytes.length} bytes`;
  },
  delete: ({ memory, coordinate }) => {
    const old = memory.map.get(coordinate) ?? NOTHING;
    memory.map.delete(coordinate);
    return `Removed ${old.length} bytes`;
  },
  status: async ({ memory, file, connection }) => {
    const size = (await memory.imploded()).length;
    return `Hosting: ${file}\nConnection ID: ${connection}\nPhext Size: ${size}\nScrolls: ${memory.map.size}`;
  },
  toc,
  get: ({ fs, file, traits }) => {
    try {
      return readText(fs, file);
    } catch (error) {
      const said = `Unable to open requested phext ${file}: ${String(error)}`;
      if (!traits.recovers) throw new Panic(said);
      return said;
    }
  },
  checksum: async ({ memory }) => await hashScroll(await memory.imploded()),
  delta,
  where,
  'json-export': ({ memory, fs, file }) => {
    const escaped = (text: string): string => text.replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const rows = Array.from(
      memory.map,
      ([at, bytes]) => `   { "coord": "${at}", "scroll": "${escaped(bytes.toString())}" }\n`,
    );
    const json = `[\n${rows.join(',')}]\n`;
    fs.writeFileSync(`${file}.json`, json);
    return json;
  },
};

/** Carries a command out, as SQ would answer it. Throws `Panic`. */
export async function carryOut(call: Call): Promise<Answer> {
  const command = COMMANDS[call.command];
  return command === undefined ? 'Unexpected command ignored.' : await command(call);
}

/** Of what memory holds, imploded: so empty scrolls are not in it, and an empty phext has one line. */
async function toc({ memory, traits }: Call): Promise<string> {
  const scrolls = scrollsOf(await memory.imploded());
  if (scrolls.length === 0) return '* 1.1.1/1.1.1/1.1.1: \n';
  return scrolls
    .map(({ coordinate, bytes }) => `* ${coordinate}: ${summary(Buffer.from(bytes), traits)}\n`)
    .join('');
}

function summary(scroll: Buffer, traits: Traits): string {
  const newline = scroll.indexOf(0x0a);
  const line = newline < 0 ? scroll : scroll.subarray(0, newline);
  const shown = traits.shortSummaries ? line.subarray(0, 32) : line;
  const text = shown.toString('utf8');
  if (Buffer.byteLength(text) !== shown.length) throw new Panic('a summary splits a character');
  return shown.length < scroll.length ? `${text}...` : text;
}

async function delta({ memory, text }: Call): Promise<Buffer> {
  const asked = new Map<Coordinate, string>();
  for (const line of text.split('\n')) {
    const [place = '', hash] = line.split(': ');
    if (hash !== undefined) asked.set(lenientCoordinate(place), hash.replace(/\r$/, ''));
  }
  const output: Scroll[] = [];
  for (const [coordinate, bytes] of memory.map) {
    if (asked.get(coordinate) !== (await hashScroll(bytes))) output.push({ coordinate, bytes });
  }
  for (const coordinate of asked.keys()) {
    if (memory.map.has(coordinate)) continue;
    output.push({ coordinate, bytes: Buffer.from('---sq:Scroll-Missing---') });
  }
  return Buffer.from(implode(output));
}

/** The default algorithm alone: coordinates of the text's longer scrolls, one folded into the other. */
function where({ text, limit }: Call): string {
  const folded = [1, 1, 1, 1, 1, 1, 1, 1, 1];
  for (const { coordinate, bytes } of scrollsOf(Buffer.from(text))) {
    if (bytes.length < limit) continue;
    for (const [dimension, part] of coordinate.split(/[./]/).entries()) {
      folded[dimension] = (folded[dimension] ?? 0) ^ Number(part);
    }
  }
  const [a, b, c, d, e, f, g, h, i] = folded;
  const place = `${a}.${b}.${c}/${d}.${e}.${f}/${g}.${h}.${i}`;
  return `Calculated coordinate ${place} for input (algo=xor, limit=${limit}).`;
}
