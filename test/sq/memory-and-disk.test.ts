import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import type { HttpReply, HttpRequest } from '../../src/domain/http.ts';
import { checksum, hashScroll } from '../../src/sq/checksum.ts';
import { type Coordinate, parseCoordinate } from '../../src/sq/coordinate.ts';
import { memoryAndDisk } from '../../src/sq/memory-and-disk.ts';
import { implode } from '../../src/sq/phext.ts';

const at = (scroll: number): Coordinate => parseCoordinate(`1.1.1/1.1.1/1.1.${scroll}`);

/** An SQ as far as it is asked, whose disk may refuse to be written; before each answer clients do as `meanwhile` says. */
class BusySq {
  readonly #held = new Map<Coordinate, string>();
  #file: Uint8Array = Buffer.alloc(0);
  #asked = 0;
  refuses = false;
  meanwhile: (asked: number) => void = () => undefined;

  write(place: Coordinate, text: string): void {
    this.#held.set(place, text);
    if (text === '') this.#held.delete(place);
    if (!this.refuses) this.#file = this.#imploded();
  }

  cut(bytes: number): void {
    this.#file = this.#file.subarray(0, bytes);
  }

  #imploded(): Uint8Array {
    return implode(
      Array.from(this.#held, ([coordinate, text]) => ({ coordinate, bytes: Buffer.from(text) })),
    );
  }

  async #delta(body: string): Promise<Uint8Array> {
    const asked = new Map(body.split('\n').map((line) => line.split(': ') as [Coordinate, string]));
    const scrolls: { coordinate: Coordinate; bytes: Uint8Array }[] = [];
    for (const [coordinate, text] of this.#held) {
      const bytes = Buffer.from(text);
      if (asked.get(coordinate) !== (await hashScroll(bytes))) scrolls.push({ coordinate, bytes });
    }
    for (const coordinate of asked.keys()) {
      if (coordinate.length === 0 || this.#held.has(coordinate)) continue;
      scrolls.push({ coordinate, bytes: Buffer.from('---sq:Scroll-Missing---') });
    }
    return implode(scrolls);
  }

  ask = async ({ path, body }: HttpRequest): Promise<HttpReply> => {
    this.meanwhile(++this.#asked);
    const [, endpoint] = /^\/api\/v2\/(\w+)\?p=x$/.exec(path) ?? [];
    const answers: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
      checksum: async () => Buffer.from(await checksum(this.#imploded())),
      get: () => this.#file,
      delta: () => this.#delta(Buffer.from(body ?? '').toString()),
    };
    const answer = answers[endpoint ?? ''];
    if (!answer) throw new Error(`asked for ${path}`);
    return { status: 200, headers: {}, body: await answer(), tookMs: 0 };
  };
}

function busySq(): BusySq {
  const sq = new BusySq();
  for (let scroll = 1; scroll <= 9; scroll++) sq.write(at(scroll), `scroll ${scroll}`);
  return sq;
}

const compared = (sq: BusySq, whole = true) =>
  memoryAndDisk(sq.ask, { phext: 'x' }, 'h1:1337', () => Promise.resolve(whole));

it('what is written is the same, with its checksum where nobody writes', async () => {
  expect(await compared(busySq())).toEqual({
    kind: 'same',
    checksum: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

it('clients that write at every moment are no difference', async () => {
  const sq = busySq();
  sq.meanwhile = (asked) => sq.write(at(1 + (asked % 20)), `write ${asked}`);
  expect(await compared(sq)).toEqual({ kind: 'same' });
});

it('a client that goes to and fro between two texts, or writes and deletes, is none either', async () => {
  for (const other of ['fro', '']) {
    const sq = busySq();
    sq.meanwhile = (asked) => sq.write(at(3), asked % 3 === 0 ? other : 'to');
    expect(await compared(sq)).toMatchObject({ kind: 'same' });
  }
});

it('a text that only memory has is told, though there are as many scrolls on the disk', async () => {
  const sq = busySq();
  sq.refuses = true;
  sq.write(at(4), 'only in memory');
  expect(await compared(sq)).toMatchObject({ kind: 'other' });
});

it('so it is while clients write at every moment', async () => {
  const sq = busySq();
  sq.refuses = true;
  sq.write(at(4), 'only in memory');
  sq.meanwhile = (asked) => sq.write(at(7), `write ${asked}`);
  expect(await compared(sq)).toEqual({ kind: 'behind', count: 2 });
});

it('and where the disk took a part of the file, the last scroll short', async () => {
  const sq = busySq();
  sq.meanwhile = (asked) => {
    sq.write(at(1), `write ${asked}`);
    sq.cut(Buffer.byteLength(`write ${asked}`) + 70);
  };
  expect(await compared(sq)).toMatchObject({ kind: 'behind' });
});

it('SQ is not asked for a file that is cut off', async () => {
  const sq = busySq();
  sq.meanwhile = () => expect.unreachable('it was asked');
  expect(await compared(sq, false)).toEqual({ kind: 'cut' });
});
