import type { Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import { excerpt } from '../../domain/excerpt.ts';

/** What cargo is to build. */
export interface CargoInstall {
  readonly version: Version;
  /** With the dependencies that the release's own lock file names; else the newest that fit. */
  readonly locked: boolean;
}

/** The last lines of cargo's talk that an error carries: where it says what failed. */
export const LAST_LINES = 8;

/** As a user would type it; what an artifact's origin says. */
export function cargoCommand({ version, locked }: CargoInstall): string {
  return `cargo install sq --version ${version}${locked ? ' --locked' : ''}`;
}

/** The arguments of cargo for an installation under `root`, where it makes `bin/sq`. */
export function cargoArgs({ version, locked }: CargoInstall, root: string): readonly string[] {
  const args = ['install', 'sq', '--version', version, '--root', root, '--color', 'never'];
  return locked ? [...args, '--locked'] : args;
}

const COMPILING = /^\s*Compiling libphext v(\d{1,4}\.\d{1,4}\.\d{1,4})\b/;

/** The libphext that a line of cargo's talk says it compiles; undefined in any other line. */
export function compiledLibphext(line: string): string | undefined {
  return COMPILING.exec(line)?.[1];
}

/** `build-failed` with how cargo ended and the last that it said. */
export function buildFailed(
  install: CargoInstall,
  place: string,
  how: string,
  said: readonly string[] = [],
): RanchError {
  const last = said.slice(-LAST_LINES).map((line) => excerpt(line.trim()));
  return new RanchError({
    code: 'build-failed',
    place,
    message: [`\`${cargoCommand(install)}\` ${how}`, ...last].join('\n  '),
    remedy:
      `Look at what cargo says; a finished binary can be registered with ` +
      `\`ranch artifact add FILE --version ${install.version}\`.`,
  });
}

/** `build-failed` where there is no cargo. */
export function noCargo(install: CargoInstall, place: string): RanchError {
  return new RanchError({
    code: 'build-failed',
    place,
    message: 'there is no cargo here to build SQ with',
    remedy:
      `Install Rust (https://rustup.rs), build on a host that has it with ` +
      `\`ranch artifact build ${install.version} --on HOST\`, or register a finished binary with ` +
      `\`ranch artifact add FILE --version ${install.version}\`.`,
  });
}
