import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { machine, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import { excerpt } from '../../domain/excerpt.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { versionFromCli } from '../../sq/version.ts';
import type { Program } from './program.ts';
import { type Ran, runProgram } from './run-program.ts';

/** `sq version` takes 2 ms; a script that node runs, on a slow and busy machine, some seconds. */
const RUN_WITHIN_MS = 20_000;
const MAX_OUTPUT_BYTES = 4096;

/**
 * While a file is being written nobody can run it, and for a moment a fork of ours that has not become its program yet
 * still holds it open.
 */
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 10;

/** What is known of a program's version: it said so itself, or there is a reason why that could not be seen. */
export type VersionCheck =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'untold'; readonly reason: string };

/**
 * What `sq version` said, as far as it counts: the version is confirmed, or too old to tell. Throws `artifact-invalid`
 * when the program says another version, or none although `version` would.
 */
export function judgeVersion(place: string, version: Version, stdout: string): VersionCheck {
  const printed = versionFromCli(stdout);
  if (printed === version) return { kind: 'confirmed' };
  if (printed === undefined && !capabilities(version).printsVersion) {
    return { kind: 'untold', reason: `SQ ${version} prints no version: taken on your word` };
  }
  throw new RanchError({
    code: 'artifact-invalid',
    place,
    message:
      printed === undefined
        ? `was to be SQ ${version}, and \`sq version\` printed no version: ${excerpt(stdout) || '(nothing)'}`
        : `is SQ ${printed}, and was to be ${version}`,
    remedy:
      printed === undefined ? 'Give an SQ of that version.' : `Register it with \`--version ${printed}\`.`,
  });
}

function failed(place: string, how: string): RanchError {
  return new RanchError({
    code: 'artifact-invalid',
    place,
    message: `\`sq version\` ${how}`,
    remedy: 'Give a program that works here; if only this machine cannot run it, add `--no-run`.',
  });
}

/** Runs it from a copy of its own in an empty folder: SQ makes a `.sq` where it is started. */
async function runAside(
  bytes: Uint8Array,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-artifact-'));
  try {
    const file = join(folder, 'sq');
    await writeFile(file, bytes);
    await chmod(file, 0o700);
    for (let left = BUSY_TRIES; ; left--) {
      const ran = await runProgram(file, ['version'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C' },
        deadlineMs: RUN_WITHIN_MS,
        maxBytes: MAX_OUTPUT_BYTES,
        onLine,
        ...(signal ? { signal } : {}),
      });
      if (ran.kind !== 'not-started' || ran.code !== 'ETXTBSY' || left === 0) return ran;
      await pause(BUSY_PAUSE_MS);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whether this machine may run it: a program of another architecture would be taken for a shell script by the C
 * library, so that is never tried.
 */
function runsHere(program: Program): boolean {
  if (program.kind === 'script') return true;
  const here = machine();
  return process.platform === 'linux' && (program.elf.arch === here || program.elf.alsoOn.includes(here));
}

/**
 * Runs `FILE version` where this machine can, and compares. Throws `artifact-invalid` when the program fails, hangs
 * (20 s), or says another version.
 */
export async function checkVersion(
  place: string,
  program: Program,
  bytes: Uint8Array,
  version: Version,
  signal?: AbortSignal,
): Promise<VersionCheck> {
  const onWord = {
    kind: 'untold',
    reason: 'it is for another machine than this one: its version is taken on your word',
  } as const;
  if (!runsHere(program)) return onWord;
  let said = '';
  const ran = await runAside(bytes, (line) => (said ||= line), signal);
  switch (ran.kind) {
    case 'ended':
      if (ran.exitCode === 0) return judgeVersion(place, version, ran.stdout);
      throw failed(place, `ended with ${ran.exitCode}: ${excerpt(said || ran.stdout) || '(nothing)'}`);
    case 'killed':
      throw failed(place, `was killed by ${ran.signal}`);
    case 'late':
      throw failed(place, `did not end within ${RUN_WITHIN_MS / 1000} s`);
    case 'not-started':
      return {
        kind: 'untold',
        reason: `it cannot be run here (${ran.code}): its version is taken on your word`,
      };
  }
}
