import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { codeOf } from './trouble.ts';

/*
 * SQLite's write-ahead log: a head, then frames, each a page behind a head of its own, with a checksum over all that is
 * before it (https://www.sqlite.org/fileformat2.html#walformat). SQLite reads up to the first frame that does not fit, as
 * the end of what a power cut left, and passes over the rest in silence.
 */

const HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;
/** The magic number; its last bit says that checksums are of big-endian words. */
const MAGIC = 0x377f0682;

type Sums = readonly [number, number];

function summed([a, b]: Sums, bytes: Buffer, bigEndian: boolean): Sums {
  let [one, two] = [a, b];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    one = (one + (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
    two = (two + (bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, two];
}

function says([a, b]: Sums, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}

/** The frames of a log of this page size; a last one that is cut off is none. */
function framesOf(log: Buffer, pageBytes: number): readonly Buffer[] {
  const length = FRAME_HEAD_BYTES + pageBytes;
  const count = Math.floor((log.length - HEAD_BYTES) / length);
  return Array.from({ length: count }, (_, n) => log.subarray(HEAD_BYTES + n * length).subarray(0, length));
}

/** How many transactions end in frames that carry these salts, the mark of one use of the file. */
function commitsOf(frames: readonly Buffer[], salts: Buffer | undefined): number {
  const ends = (frame: Buffer): boolean =>
    salts !== undefined && frame.readUInt32BE(4) !== 0 && frame.subarray(8, 16).equals(salts);
  return frames.filter(ends).length;
}

/**
 * How many whole transactions lie behind the place at which SQLite would stop to read a log. A power cut leaves one at
 * most, since each is on the disk before the next is begun: more were there, and something damaged what is before them.
 */
export function commitsBehindDamage(log: Buffer): number {
  if (log.length < HEAD_BYTES) return 0;
  const magic = log.readUInt32BE(0);
  const pageBytes = log.readUInt32BE(8);
  const bigEndian = (magic & 1) === 1;
  let sums = summed([0, 0], log.subarray(0, 24), bigEndian);
  if ((magic & ~1) !== MAGIC || !says(sums, log, 24)) {
    // The page size may be what is damaged: SQLite's own choice stands in for it.
    const frames = framesOf(log, 4_096);
    return commitsOf(frames, frames[0]?.subarray(8, 16));
  }
  const frames = framesOf(log, pageBytes);
  const salts = log.subarray(16, 24);
  const damaged = frames.findIndex((frame) => {
    sums = summed(sums, frame.subarray(0, 8), bigEndian);
    sums = summed(sums, frame.subarray(FRAME_HEAD_BYTES), bigEndian);
    return !frame.subarray(8, 16).equals(salts) || !says(sums, frame, 16);
  });
  return damaged < 0 ? 0 : commitsOf(frames.slice(damaged), salts);
}

function logOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    // The last program that closes a database removes its log.
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/**
 * Whether the log beside a database has lost more than a power cut takes. One that another program began anew while it was
 * read has not.
 */
export function isJournalDamaged(database: string): boolean {
  const file = `${database}-wal`;
  const log = logOf(file);
  return (
    commitsBehindDamage(log) > 1 && logOf(file).subarray(0, HEAD_BYTES).equals(log.subarray(0, HEAD_BYTES))
  );
}
