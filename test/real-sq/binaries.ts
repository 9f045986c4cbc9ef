import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Subject } from './subject.ts';

/** A real SQ to test with. */
export interface RealSq {
  readonly known: Omit<Subject, 'binary'>;
  /**
   * The path of the program, built by cargo when it is not in the cache. Throws an Error that says what is lacking
   * when it can be neither found nor built.
   */
  readonly binary: () => string;
}

/** Enough for a slow machine; it takes 25 s on two cores. */
const BUILD_WITHIN_MS = 280_000;

/** The release with the libphext that is the newest that fits, and 0.5.2 with the one its own lock file names. */
export const REAL: readonly RealSq[] = [
  realSq('0.5.1', '0.3.3'),
  realSq('0.5.2', '0.3.3'),
  realSq('0.5.2', '0.3.0'),
  realSq('0.5.6', '0.3.3'),
];

/** `RANCH_SQ_DIR`, else `~/.cache/ranch/sq`. */
function cache(): string {
  return process.env['RANCH_SQ_DIR'] ?? join(homedir(), '.cache', 'ranch', 'sq');
}

function realSq(version: Subject['version'], libphext: Subject['libphext']): RealSq {
  const locked = libphext === '0.3.0';
  const folder = locked ? `${version}-locked` : version;
  return {
    known: { name: `SQ ${folder}`, version, libphext },
    binary: () => found(version, join(cache(), folder), locked ? ['--locked'] : []),
  };
}

function found(version: string, root: string, flags: readonly string[]): string {
  const binary = join(root, 'bin', 'sq');
  if (existsSync(binary)) return binary;
  const args = ['install', 'sq', '--version', version, '--root', root, ...flags];
  const ran = spawnSync('cargo', args, { encoding: 'utf8', timeout: BUILD_WITHIN_MS });
  if (ran.error === undefined && existsSync(binary)) return binary;
  const why = ran.error?.message ?? ran.stderr.trim().split('\n').slice(-5).join('\n');
  throw new Error(
    `${binary} is not there, and \`cargo ${args.join(' ')}\` failed: ${why}. ` +
      'Install Rust (https://rustup.rs), or put a built SQ at that path; RANCH_SQ_DIR names another place.',
  );
}
