import { hashScroll } from '../../sq/checksum.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { scrollHashes } from '../../sq/moved.ts';

/** What one writer, who alone writes to a coordinate, knows: its texts end with numbers that count up from 1. */
export interface Numbered {
  readonly coordinate: Coordinate;
  /** The last number that was acknowledged; 0 where none was. */
  readonly acknowledged: number;
  /** The last that was sent. */
  readonly sent: number;
}

/** What a phext must still hold after a kill: each scroll by its hash. */
export type Content = ReadonlyMap<Coordinate, string>;

/** What a server that was killed and started again has. */
export interface Remains {
  /** `unreadable`: the file is no text any more, and SQ does not serve it. */
  readonly file: 'whole' | 'torn' | 'empty' | 'unreadable';
  /** Scrolls that nobody wrote to and that are gone or others. */
  readonly gone: number;
  /** Writers whose last acknowledged write is not there, nor a later one. */
  readonly lost: number;
}

/** The text of a writer's write. */
export function numbered(round: number, number: number): string {
  return `kill ${round} write ${number} `;
}

/** Judges what is left of a file; undefined stands for one that SQ does not give. */
export async function judgeRemains(
  file: Uint8Array | undefined,
  content: Content,
  round: number,
  writers: readonly Numbered[],
): Promise<Remains> {
  const had = writers.filter(({ acknowledged }) => acknowledged > 0).length;
  if (!file) return { file: 'unreadable', gone: content.size, lost: had };
  if (file.length === 0) {
    // Where nothing was and nothing was acknowledged an empty file is what must be there.
    return { file: content.size + had === 0 ? 'whole' : 'empty', gone: content.size, lost: had };
  }
  const left = await scrollHashes(file);
  const gone = Array.from(content).filter(([at, hash]) => left.get(at) !== hash).length;
  let lost = 0;
  for (const { coordinate, acknowledged, sent } of writers) {
    let found = acknowledged === 0;
    for (let number = Math.max(1, acknowledged); number <= sent && !found; number++) {
      found = left.get(coordinate) === (await hashScroll(Buffer.from(numbered(round, number))));
    }
    if (!found) lost++;
  }
  return { file: gone > 0 ? 'torn' : 'whole', gone, lost };
}
