import { gatherBytes } from '../domain/gathered-bytes.ts';
import type { Markers } from './command-line.ts';

/** A script's standard output, cut out of what the login shell prints around it, as it arrives. */
export interface Answer {
  /** Takes the next bytes. */
  take(chunk: Buffer): void;
  readonly started: boolean;
  /** The exit code, once the end marker was seen. */
  readonly exitCode: number | undefined;
  /** The output so far. */
  output(): Buffer;
  /** What was printed before the start marker: a banner, or why the script never ran. */
  noise(): string;
}

/** Of a banner only the end is kept, enough to find a marker in and to explain a failure with. */
const MAX_NOISE = 4096;

/** The exit code behind an end marker: up to three digits and the end of the line. */
const CODE_LENGTH = 4;

/** The exit code behind an end marker at the beginning of `bytes`; undefined while it is not all there, or is none. */
function codeAfter(bytes: Buffer, end: string): number | undefined {
  const code = /^(\d{1,3})\n/.exec(bytes.toString('latin1', end.length, end.length + CODE_LENGTH));
  const number = code ? Number(code[1]) : undefined;
  return number !== undefined && number <= 255 ? number : undefined;
}

/** Reads a stream of standard output between the markers of one run. */
export function createAnswer(markers: Markers): Answer {
  const kept = gatherBytes();
  let carry: Buffer = Buffer.alloc(0);
  let started = false;
  /** The end marker was seen whole, with its code or with something else behind it: nothing more is read. */
  let over = false;
  let exitCode: number | undefined;
  const finish = (bytes: Buffer): void => {
    exitCode = codeAfter(bytes, markers.end);
    over = exitCode !== undefined || bytes.length >= markers.end.length + CODE_LENGTH;
  };
  const takeBefore = (bytes: Buffer): void => {
    // A refusal by sudo ends the run without its ever having begun.
    const end = bytes.indexOf(markers.end);
    if (end !== -1) finish(bytes.subarray(end));
    carry = bytes.subarray(-MAX_NOISE);
  };
  const takeInside = (bytes: Buffer): void => {
    const end = bytes.indexOf(markers.end);
    // Without the marker its beginning may still stand in the last bytes; they wait for the next chunk.
    const safe = end === -1 ? Math.max(0, bytes.length - markers.end.length + 1) : end;
    kept.add(bytes.subarray(0, safe));
    carry = bytes.subarray(safe);
    if (end !== -1) finish(carry);
  };
  return {
    take(chunk) {
      if (over) return;
      const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      const start = started ? 0 : bytes.indexOf(markers.start);
      if (start === -1) return takeBefore(bytes);
      takeInside(started ? bytes : bytes.subarray(start + markers.start.length));
      started = true;
    },
    get started() {
      return started;
    },
    get exitCode() {
      return exitCode;
    },
    output: () => kept.bytes(),
    noise: () => (started ? '' : carry.toString('utf8').replace(new RegExp(`${markers.end}.*`, 's'), '')),
  };
}
