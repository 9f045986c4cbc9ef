import { setTimeout as pause } from 'node:timers/promises';
import type { SqClient } from '../../../src/checks/integrity/sq-client.ts';
import { hashScroll } from '../../../src/sq/checksum.ts';
import type { Coordinate } from '../../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../../src/sq/phext.ts';

/** What a server does wrong. Each is asked for with what is done and how often it was done so far, from 1 on. */
export interface Defects {
  /** A write that is acknowledged and forgotten. */
  readonly forgets?: (verb: 'update' | 'insert' | 'delete', count: number) => boolean;
  /** A read that gives what was there before the last write. */
  readonly stale?: (count: number) => boolean;
  /** What becomes of a text on its way. */
  readonly spoils?: (text: string) => string;
  /** Which place is meant. */
  readonly place?: (at: Coordinate) => Coordinate;
  /** Acknowledges before it writes its file, which it does when it likes. */
  readonly lazy?: (count: number) => boolean;
  /** Answers nothing. */
  readonly fails?: (count: number) => boolean;
  /** The file that a kill leaves of a whole one, `writing` where it came while the file was written. */
  readonly tears?: (file: Buffer, kill: number) => Buffer;
}

/** A server in memory that can be killed, with defects put in on purpose; every answer takes a moment. */
export class FakeSq implements SqClient {
  readonly #defects: Defects;
  readonly #counts = new Map<string, number>();
  #map = new Map<Coordinate, string>();
  #before = new Map<Coordinate, string>();
  #file: Buffer;
  readonly #copy: Buffer;
  #running = 1;
  #kills = 0;

  constructor(defects: Defects = {}, content: Uint8Array = Buffer.alloc(0)) {
    this.#defects = defects;
    this.#copy = Buffer.from(content);
    this.#file = this.#copy;
    this.#read();
  }

  #read(): void {
    this.#map = new Map(
      scrollsOf(this.#file).map(({ coordinate, bytes }) => [coordinate, Buffer.from(bytes).toString()]),
    );
    this.#before = new Map();
  }

  #count(what: string): number {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return count;
  }

  /** A request: some moments on the way there and back, in which others are served. A kill ends those under way. */
  async #serve<T>(work: () => T): Promise<T> {
    const born = this.#running;
    const alive = (): void => {
      if (born !== this.#running) throw new Error('killed');
    };
    await pause(Math.random() * 3);
    alive();
    if (this.#defects.fails?.(this.#count('request'))) throw new Error('no answer');
    const result = work();
    await pause(Math.random() * 3);
    alive();
    return result;
  }

  #write(verb: 'update' | 'insert' | 'delete', place: Coordinate, text: string): Promise<string> {
    return this.#serve(() => {
      if (this.#defects.forgets?.(verb, this.#count(verb))) return 'done';
      const at = this.#defects.place?.(place) ?? place;
      const before = this.#map.get(at) ?? '';
      this.#before.set(at, before);
      this.#map.set(at, verb === 'insert' ? before + text : text);
      if (text === '') this.#map.delete(at);
      if (!this.#defects.lazy?.(this.#count('save'))) this.#save();
      return 'done';
    });
  }

  #save(): void {
    this.#file = Buffer.from(
      implode(Array.from(this.#map, ([coordinate, text]) => ({ coordinate, bytes: Buffer.from(text) }))),
    );
  }

  update = (at: Coordinate, text: string) => this.#write('update', at, this.#defects.spoils?.(text) ?? text);
  insert = (at: Coordinate, text: string) => this.#write('insert', at, this.#defects.spoils?.(text) ?? text);
  remove = (at: Coordinate) => this.#write('delete', at, '');

  select(place: Coordinate): Promise<string> {
    return this.#serve(() => {
      const at = this.#defects.place?.(place) ?? place;
      const stale = this.#before.has(at) && this.#defects.stale?.(this.#count('select'));
      return (stale ? this.#before : this.#map).get(at) ?? '';
    });
  }

  load = () => this.#serve(() => this.#read());
  checksum = () =>
    this.#serve(() =>
      Buffer.concat(Array.from(this.#map, ([at, text]) => Buffer.from(`${at} ${text}\n`))),
    ).then(hashScroll);
  file = () => this.#serve(() => Uint8Array.from(this.#file));

  client(): SqClient {
    return this;
  }

  restart(on: 'left' | 'copy'): Promise<void> {
    this.#running++;
    if (on === 'copy') this.#file = this.#copy;
    else this.#file = this.#defects.tears?.(this.#file, ++this.#kills) ?? this.#file;
    this.#read();
    return Promise.resolve();
  }
}

/** Every `step`th one. */
export function every(step: number): (count: number) => boolean {
  return (count) => count % step === 0;
}
