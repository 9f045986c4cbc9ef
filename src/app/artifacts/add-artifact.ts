import { resolve } from 'node:path';
import type { PlatformKey } from '../../domain/artifact.ts';
import type { Version } from '../../domain/brand.ts';
import { escapeText } from '../../domain/excerpt.ts';
import { checkVersion, type VersionCheck } from './check-version.ts';
import type { Program } from './program.ts';
import { readProgram } from './read-program.ts';
import { type Added, type Registry, registerProgram } from './register-program.ts';

/** What is to be registered. */
export interface AddOptions extends Registry {
  readonly file: string;
  readonly version: Version;
  /** Where none is given, what the file's own header says. */
  readonly platform?: PlatformKey;
  /** False: `sq version` is not run here, and the version is taken on the user's word. */
  readonly run?: boolean;
  /** For people; the file's path where none is given. */
  readonly origin?: string;
  /** Where it is known from the build. */
  readonly libphext?: string;
  readonly signal?: AbortSignal;
}

const NOT_RUN: VersionCheck = { kind: 'untold', reason: 'it was not run: its version is taken on your word' };

/**
 * Registers a binary: reads what it is, runs `FILE version` where this machine can, stores it, and pins it in
 * `ranch.lock`. Throws `artifact-missing` (no such file) and what `registerProgram` throws; then nothing is pinned.
 */
export async function addArtifact(options: AddOptions): Promise<Added> {
  const { file, version, run = true, signal, platform, libphext, origin = file } = options;
  const bytes = await readProgram(resolve(file));
  const place = escapeText(file);
  const check = async (program: Program): Promise<VersionCheck> =>
    run ? checkVersion(place, program, bytes, version, signal) : NOT_RUN;
  const optional = {
    ...(platform === undefined ? {} : { platform }),
    ...(libphext === undefined ? {} : { libphext }),
  };
  return registerProgram({ bytes, place, version, origin, check, ...optional }, options);
}
