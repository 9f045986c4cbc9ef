import { createHash } from 'node:crypto';
import { createXXHash128 } from 'hash-wasm';
import type { HttpReply, HttpRequest } from '../../src/domain/http.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode } from '../../src/sq/phext.ts';

const hasher = await createXXHash128();

/** Scrolls by coordinate. */
export type Phext = Map<string, string>;
/** The phext files of one data directory, by name. */
export type Files = Map<string, Phext>;

/** What one build of SQ does. */
export interface Build {
  /** What it prints for its version; 0.5.1 and older print none. */
  readonly version?: string;
  /** What it prints as the candidate, where that differs. */
  readonly claims?: string;
  /** False: it ends at once when it is started as the live server. */
  readonly starts?: boolean;
  /** Answers 500 to everything from the first `toc` on, as SQ with libphext 0.3.0 does on some content. */
  readonly poisonedByToc?: boolean;
  /** Answers 500 to everything. */
  readonly broken?: boolean;
  /** Keeps what it is sent in memory alone. */
  readonly writesNothing?: boolean;
  /** Gives back another text than it was sent. */
  readonly garbles?: boolean;
  /** Has another checksum after each start. */
  readonly unsteady?: boolean;
}

/** What a server notices of the disk below it. */
export interface Disk {
  /** A save then leaves the first half of the file, and is answered like any other. */
  full(): boolean;
  /** SQ let go of a phext of which it held scrolls that the disk has not. */
  evicted(lost: readonly string[]): void;
}

const GOOD_DISK: Disk = { full: () => false, evicted: () => undefined };

export function copyFiles(files: Files): Files {
  return new Map([...files].map(([name, phext]) => [name, new Map(phext)]));
}

let starts = 0;

/** A server of SQ as far as a rollout asks it: one phext held in memory, every write to the file at once. */
export class SqServer {
  readonly #files: Files;
  readonly #build: Build;
  readonly #key: string | undefined;
  readonly #disk: Disk;
  readonly #start: number;
  #held: { readonly name: string; readonly phext: Phext } | undefined;
  #poisoned = false;
  /** The memory holds what the file has not. */
  #apart = false;
  /** Endpoints that were asked, in order. */
  readonly asked: string[] = [];

  constructor(files: Files, build: Build, key?: string, disk: Disk = GOOD_DISK) {
    this.#files = files;
    this.#disk = disk;
    this.#build = build;
    this.#key = key;
    starts += 1;
    this.#start = starts;
  }

  get poisoned(): boolean {
    return this.#poisoned;
  }

  answer(request: HttpRequest): HttpReply {
    const url = new URL(request.path, 'http://127.0.0.1');
    const endpoint = url.pathname.replace('/api/v2/', '');
    this.asked.push(endpoint);
    if (this.#key !== undefined && request.headers['authorization'] !== `Bearer ${this.#key}`)
      return reply(401, '');
    if (this.#build.broken === true || this.#poisoned) return reply(500, 'Internal Server Error');
    const phext = this.#hold(url.searchParams.get('p') ?? 'index');
    return this.#ask(endpoint, url, phext, request.body);
  }

  /** Memory without disk, as after a write to a full disk. */
  remember(name: string, scrolls: number): void {
    const phext = this.#hold(name);
    this.#apart = true;
    for (let at = 1; at <= scrolls; at++) phext.set(`2.1.1/1.1.1/1.1.${at}`, 'only in memory');
  }

  /** Scrolls that only this process has: what a stop would lose. */
  unsaved(): readonly string[] {
    if (!this.#held || this.#build.writesNothing === true) return [];
    const file = this.#files.get(this.#held.name);
    return [...this.#held.phext.keys()].filter((scroll) => file?.has(scroll) !== true);
  }

  #hold(name: string): Phext {
    if (this.#held?.name !== name) {
      const lost = this.unsaved();
      if (lost.length > 0) this.#disk.evicted(lost);
      const file = this.#files.get(name) ?? new Map();
      this.#files.set(name, file);
      this.#held = { name, phext: new Map(file) };
      this.#apart = false;
    }
    return this.#held.phext;
  }

  #ask(endpoint: string, url: URL, phext: Phext, body?: Uint8Array): HttpReply {
    const at = url.searchParams.get('c') ?? '1.1.1/1.1.1/1.1.1';
    switch (endpoint) {
      case 'version':
        return reply(200, this.#build.version ?? 'usage');
      case 'select':
        return reply(200, this.#build.garbles === true ? '?' : (phext.get(at) ?? ''));
      case 'update':
        phext.set(at, Buffer.from(body ?? []).toString('utf8'));
        this.#save(at);
        return reply(200, `Updated ${body?.length ?? 0} bytes`);
      case 'delete': {
        const size = Buffer.byteLength(phext.get(at) ?? '');
        phext.delete(at);
        this.#save(at);
        return reply(200, `Removed ${size} bytes`);
      }
      case 'toc':
        if (this.#build.poisonedByToc === true) {
          this.#poisoned = true;
          return reply(500, 'Internal Server Error');
        }
        return reply(200, [...phext].map(([where, text]) => `* ${where}: ${text.slice(0, 20)}\n`).join(''));
      case 'status':
        return reply(
          200,
          `Hosting: ${this.#held?.name}.phext\nConnection ID: 1\nPhext Size: 1\nScrolls: ${Math.max(1, phext.size)}\n`,
        );
      case 'checksum':
        return reply(200, this.#build.unsteady === true ? digest(this.#start) : xxh3(imploded(phext)));
      case 'get':
        return { ...reply(200, ''), body: imploded(this.#files.get(this.#held?.name ?? '') ?? new Map()) };
      case 'delta':
        return { ...reply(200, ''), body: imploded(deltaOf(phext, Buffer.from(body ?? []).toString())) };
      default:
        return reply(404, '');
    }
  }

  /** The file is written whole; where it is as the memory was, one scroll is all that changes. */
  #save(at: string): void {
    if (!this.#held || this.#build.writesNothing === true) return;
    const { name, phext } = this.#held;
    const file = this.#files.get(name);
    const text = phext.get(at);
    if (this.#disk.full()) {
      this.#files.set(name, new Map([...phext].slice(0, Math.floor(phext.size / 2))));
      this.#apart = true;
    } else if (this.#apart || file === undefined) {
      this.#files.set(name, new Map(phext));
      this.#apart = false;
    } else if (text === undefined) file.delete(at);
    else file.set(at, text);
  }
}

function xxh3(bytes: Uint8Array): string {
  return hasher.init().update(bytes).digest('hex');
}

function imploded(phext: Phext): Uint8Array {
  return implode(
    Array.from(phext, ([at, text]) => ({ coordinate: parseCoordinate(at), bytes: Buffer.from(text) })),
  );
}

/** The scrolls of which `asked` has another checksum or none, and a word for those that are not there. */
function deltaOf(phext: Phext, asked: string): Phext {
  const hashes = new Map(asked.split('\n').flatMap((line) => (line === '' ? [] : [splitLine(line)])));
  const differing = [...phext].filter(([at, text]) => hashes.get(at) !== xxh3(Buffer.from(text)));
  const missing = [...hashes.keys()].filter((at) => !phext.has(at));
  return new Map([...differing, ...missing.map((at): [string, string] => [at, '---sq:Scroll-Missing---'])]);
}

function splitLine(line: string): [string, string] {
  const [at = '', hash = ''] = line.split(': ');
  return [at, hash];
}

function digest(of: unknown): string {
  return createHash('md5').update(JSON.stringify(of)).digest('hex');
}

function reply(status: number, text: string): HttpReply {
  return { status, headers: {}, body: Buffer.from(text), tookMs: 1 };
}
