import type { Secret } from '../../domain/secret.ts';
import type { Build } from './build.ts';

/** How a server of the table runs. `at` of a row's attempt names its phext and its key. */
export interface Shape {
  /** `open`: without a key. `colon`: behind a key with a colon in it. */
  readonly access: 'keyed' | 'open' | 'colon';
  /** `held`: with `--data-dir`. `roaming`: without, its data in the working directory. */
  readonly folder: 'held' | 'roaming';
  /** `odd`: also `--verbose --key=x --data-dir other`, which SQ has to pass over. */
  readonly flags: 'plain' | 'odd';
  /** `bounded`: what is tried on it can take all memory of the host. */
  readonly memory: 'free' | 'bounded';
}

/** What came back on one connection. */
export interface Exchange {
  readonly bytes: Buffer;
  /** `closed` by the server, `silent` when the time was up, `refused` where nobody listens. */
  readonly end: 'closed' | 'silent' | 'refused';
}

/** A file of the server's data folder. */
export interface BenchFile {
  readonly bytes: Buffer;
  /** False once it was written after `put`. */
  readonly untouched: boolean;
  readonly inode: number;
}

/** An SQ to try things on, with its files: a local one, or a scratch server on a host. */
export interface Bench {
  readonly build: Build;
  /** `host:port`, for messages. */
  readonly place: string;
  readonly key: Secret | undefined;
  /** One connection: sends, and reads until the server closes, for at most `withinMs` (20 s). */
  exchange(bytes: Uint8Array, withinMs?: number): Promise<Exchange>;
  /** Sends, ends its own side of the connection as a client that goes away does, and reads what comes. */
  cut(bytes: Uint8Array): Promise<Exchange>;
  /**
   * Holds `count` connections on which only `bytes` were sent, runs `meanwhile`, and says how many the server has not
   * closed once none was closed for `waitMs`.
   */
  crowd<T>(
    count: number,
    bytes: Uint8Array,
    waitMs: number,
    meanwhile: () => Promise<T>,
  ): Promise<{ readonly open: number; readonly got: T }>;
  /** A file of the data folder; `../` may lead one folder up. Undefined where there is none. */
  file(name: string): Promise<BenchFile | undefined>;
  /** Writes a file of the data folder, and dates it back, so that a later write shows. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file of the data folder. */
  remove(name: string): Promise<void>;
  /** Makes a file of the data folder one that cannot be written. */
  block(name: string): Promise<void>;
  /** Whether the working directory holds a file or folder of that name. */
  leaves(name: string): Promise<boolean>;
  /** What the server has printed so far, or the end of it. */
  log(): Promise<string>;
  /** What the program prints, without the line's end, for `version`. */
  printed(): Promise<{ readonly text: string; readonly exitCode: number }>;
}
