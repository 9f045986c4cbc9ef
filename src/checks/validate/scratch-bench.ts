import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { RanchError } from '../../domain/errors.ts';
import { isPutAt } from '../../host/probe.ts';
import type { ScratchServer } from '../../host/unit-host.ts';
import type { Bench, Exchange } from '../../sq/contract/bench.ts';
import type { Build } from '../../sq/contract/build.ts';
import { type Scratch, scratchTarget } from '../scratch.ts';
import type { CheckPorts, Subject } from '../subject.ts';

/** What one exchange may bring: the largest answer of the contract has 4 MiB. */
const MAX_BYTES = 16 * 1024 * 1024;
/** How long is waited for an answer that must come. */
const ANSWER_MS = 20_000;
/** The life of one tunnel: longer than any wait for an answer, so that a silence is told by its own timer. */
const TUNNEL = { deadlineMs: 120_000, maxBytes: MAX_BYTES };

/** Opens a connection to the scratch server; undefined where nobody listens. */
async function opened(shell: Subject['shell'], port: number): Promise<Duplex | undefined> {
  try {
    return await shell.openTcp('127.0.0.1', port, TUNNEL);
  } catch (error) {
    if (error instanceof RanchError && error.code === 'connection-refused') return undefined;
    throw error;
  }
}

/** Reads until the server closes or the time is up. */
async function gathered(stream: Duplex, clock: CheckPorts['clock'], withinMs: number): Promise<Exchange> {
  const pieces: Buffer[] = [];
  const patience = new AbortController();
  const closed = (async (): Promise<'closed'> => {
    for await (const piece of stream) pieces.push(piece);
    return 'closed';
  })();
  const silent = clock.sleep(withinMs, patience.signal).then(
    () => 'silent' as const,
    () => 'silent' as const,
  );
  try {
    const end = await Promise.race([closed, silent]);
    return { bytes: Buffer.concat(pieces), end };
  } finally {
    patience.abort();
    // What it says once nobody reads any more, an end before its time, is not asked for.
    closed.catch(() => undefined);
    stream.destroy();
  }
}

/** A scratch server on a host as a bench of the contract, over the connection that is open to it. */
export class ScratchBench implements Bench {
  readonly build: Build;
  readonly place: string;
  readonly #subject: Subject;
  readonly #ports: CheckPorts;
  readonly #scratch: Scratch;
  #server: ScratchServer;

  constructor(subject: Subject, ports: CheckPorts, scratch: Scratch, build: Build) {
    this.build = build;
    this.place = `${subject.place} (scratch)`;
    this.#subject = subject;
    this.#ports = ports;
    this.#scratch = scratch;
    this.#server = scratch.server;
  }

  get key(): Bench['key'] {
    return scratchTarget(this.#server, '').key;
  }

  /** Kills the server, whatever it does, and starts it on what it left. */
  async restart(): Promise<void> {
    this.#server = await this.#scratch.restart();
  }

  exchange(bytes: Uint8Array, withinMs = ANSWER_MS): Promise<Exchange> {
    return this.#talk((stream) => stream.write(bytes), withinMs);
  }

  cut(bytes: Uint8Array): Promise<Exchange> {
    return this.#talk((stream) => stream.end(bytes), ANSWER_MS);
  }

  async #talk(send: (stream: Duplex) => void, withinMs: number): Promise<Exchange> {
    const stream = await opened(this.#subject.shell, this.#server.sparePort);
    if (!stream) return { bytes: Buffer.alloc(0), end: 'refused' };
    send(stream);
    return await gathered(stream, this.#ports.clock, withinMs);
  }

  async crowd<T>(count: number, bytes: Uint8Array, waitMs: number, meanwhile: () => Promise<T>) {
    const held: Duplex[] = [];
    const gone = new Set<Duplex>();
    try {
      for (let at = 0; at < count; at++) {
        const stream = await opened(this.#subject.shell, this.#server.sparePort);
        if (!stream) break;
        held.push(stream);
        const left = (): unknown => gone.add(stream);
        stream.on('error', left).on('end', left).resume();
        if (!stream.write(bytes)) await once(stream, 'drain');
      }
      const got = await meanwhile();
      const { clock, signal } = this.#ports;
      for (let before = -1; before !== gone.size; await clock.sleep(waitMs, signal)) before = gone.size;
      return { open: held.length - gone.size, got };
    } finally {
      for (const stream of held) stream.destroy();
    }
  }

  async file(name: string): ReturnType<Bench['file']> {
    const found = await this.#scratch.read(name);
    if (found === undefined || found === 'folder') return undefined;
    return { bytes: found.bytes, untouched: isPutAt(found.mtime), inode: found.inode };
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#scratch.put(name, bytes);
  }

  remove(name: string): Promise<void> {
    return this.#scratch.remove(name);
  }

  block(name: string): Promise<void> {
    return this.#scratch.block(name);
  }

  async leaves(name: string): Promise<boolean> {
    return (await this.#scratch.read(name)) !== undefined;
  }

  async log(): Promise<string> {
    const found = await this.#scratch.read('out.log');
    return found === undefined || found === 'folder' ? '' : found.bytes.toString();
  }

  printed(): ReturnType<Bench['printed']> {
    return this.#scratch.version();
  }

  figures(): ReturnType<Scratch['figures']> {
    return this.#scratch.figures();
  }
}
