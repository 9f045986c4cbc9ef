import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import { CYOA } from '../real-sq/cyoa.ts';

/** The 32nd byte of this text lies inside a character: `toc` of SQ 0.5.2 with libphext 0.3.0 dies of it. */
const SPLIT = `${'x'.repeat(31)}é and so on. `;

/** Where writers write; see writers.ts. */
const WRITTEN = '1.1.1/1.1.1/1.2.';

/** The real CYOA where it is there, else a phext of the same size and hazards. */
export async function realContent(): Promise<Buffer> {
  if (CYOA !== undefined) return readFile(CYOA);
  const scrolls = Array.from({ length: 400 }, (_, at) => ({
    coordinate: parseCoordinate(`1.1.1/1.1.${Math.floor(at / 20) + 3}/1.1.${(at % 20) + 1}`),
    bytes: Buffer.from(`${SPLIT}scroll ${at} `.repeat(200)),
  }));
  return Buffer.from(implode(scrolls));
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What a file lacks of the content that was put there, beside what writers wrote; empty when it is whole. */
export function lacks(file: Buffer, content: Buffer): readonly string[] {
  if (!isUtf8(file)) return ['not UTF-8'];
  const there = new Map(scrollsOf(file).map(({ coordinate, bytes }) => [coordinate, sha(bytes)]));
  return scrollsOf(content)
    .filter(({ coordinate, bytes }) => there.get(coordinate) !== sha(bytes))
    .map(({ coordinate }) => coordinate)
    .filter((coordinate) => !coordinate.startsWith(WRITTEN))
    .map((coordinate) => `${coordinate} is gone or another`);
}
