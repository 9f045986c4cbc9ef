import type { Version } from '../domain/brand.ts';
import type { RemoteScript } from '../domain/ports.ts';
import { answerLines, Fields, invalidAnswer } from './answer.ts';
import script from './build-sq.sh';
import { reportedError } from './remedies.ts';

const SCRIPT = 'build-sq';

/** A release build of SQ is 1 MB. What a host prints beyond this is not one. */
const MAX_BINARY_BYTES = 32 * 1024 * 1024;

/** The records around the program: a dozen short lines. */
const MAX_RECORD_BYTES = 16 * 1024;

/** A build takes 25 s on two fast cores; a small board at the lowest priority needs many minutes. */
export const BUILD_LIMITS = {
  deadlineMs: 45 * 60_000,
  maxBytes: MAX_BINARY_BYTES + MAX_RECORD_BYTES,
} as const;

/** How a build on a host went. */
export type HostBuild =
  | {
      readonly kind: 'built';
      readonly binary: Uint8Array;
      /** What `sq version` printed there, on one line; untrusted. */
      readonly printed: string;
      /** The libphext that cargo said it compiled. */
      readonly libphext?: string;
    }
  | { readonly kind: 'no-cargo' }
  /** The last lines that cargo said; untrusted. */
  | { readonly kind: 'failed'; readonly exitCode: number; readonly log: readonly string[] };

/** The build as data. It runs as the user, whose cargo it is, whatever `become` says. */
export function buildSqScript(version: Version, locked: boolean): RemoteScript {
  const args = [version, locked ? 'locked' : 'newest', String(MAX_BINARY_BYTES)];
  return { name: SCRIPT, text: script, args, become: false };
}

const BINARY = Buffer.from('\nbinary\t');
const END = Buffer.from('\nend\n');

/** The records before the program, as one text that ends with `end`, and the program. */
function split(
  host: string,
  stdout: Buffer,
): { readonly records: Buffer; readonly binary: Buffer } | undefined {
  const mark = stdout.subarray(0, MAX_RECORD_BYTES).indexOf(BINARY);
  if (mark < 0) return undefined;
  const from = stdout.indexOf(0x0a, mark + 1) + 1;
  const length = stdout.toString('latin1', mark + BINARY.length, Math.max(0, from - 1));
  const binary = stdout.subarray(from, -END.length);
  const whole = from > 0 && length === String(binary.length) && stdout.subarray(-END.length).equals(END);
  if (!whole)
    throw invalidAnswer(host, SCRIPT, `a program of ${length.slice(0, 20)} bytes that is not whole`);
  return { records: Buffer.concat([stdout.subarray(0, mark), END]), binary };
}

/** Reads the answer. Throws `host-answer-invalid`, and what the host reports: `permission-denied`, `answer-too-large`. */
export function parseBuild(host: string, stdout: Buffer): HostBuild {
  const parts = split(host, stdout);
  const lines = answerLines(host, SCRIPT, parts?.records ?? stdout);
  const find = (tag: string): Fields | undefined => {
    const line = lines.find((each) => each[0] === tag);
    return line && new Fields(host, SCRIPT, line);
  };
  const error = find('error');
  if (error) throw reportedError(host, error.text(0), error.text(1));
  if (parts) {
    const libphext = find('libphext')?.text(0) ?? '';
    return {
      kind: 'built',
      binary: parts.binary,
      printed: find('printed')?.text(0) ?? '',
      ...(/^\d{1,4}(\.\d{1,4}){2}$/.test(libphext) ? { libphext } : {}),
    };
  }
  if (find('no-cargo')) return { kind: 'no-cargo' };
  const failed = find('failed');
  if (!failed) throw invalidAnswer(host, SCRIPT, 'neither a program nor a failure');
  const log = lines.filter(([tag]) => tag === 'log').map(([, text = '']) => text);
  return { kind: 'failed', exitCode: failed.number(0), log };
}
