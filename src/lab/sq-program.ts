import { existsSync } from 'node:fs';
import { appendFile, chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RanchError } from '../domain/errors.ts';

/** Where the lab's SQ programs come from. */
export interface SqPrograms {
  /** The built stand-in; undefined: the one in `dist/`. */
  readonly standIn?: string;
  /** Real binaries by version, which are then installed instead of stand-ins. */
  readonly real?: Readonly<Record<string, string>>;
}

/** Beside the bundled program, or in `dist/` as seen from the sources. */
const STAND_IN_PLACES = ['./stand-in.js', '../../dist/stand-in.js'];

const VERSION_LINE = /^((?:export )?(?:const|var|let) VERSION = )(["'])[^"'\n]*\2/m;

/**
 * Writes the program of an SQ version to `path`, executable. `other` gives one that says the same version and has
 * another sha256. Throws `no-such-version` where real binaries are used and that one is not among them,
 * `artifact-missing` where the stand-in was not built.
 */
export async function installSq(
  version: string,
  path: string,
  programs: SqPrograms = {},
  other = false,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (programs.real) await copyFile(realBinary(version, programs.real), path);
  else await writeStandIn(version, path, programs.standIn ?? findStandIn());
  await chmod(path, 0o755);
  // Bytes behind an ELF file's sections, or a comment behind a script, change what it is and not what it does.
  if (other) await appendFile(path, '\n// built by somebody else\n');
}

/** Installs the stand-in of an SQ version: one script, its version put in, that node runs. */
async function writeStandIn(version: string, path: string, standIn: string): Promise<void> {
  const source = await readFile(standIn, 'utf8');
  if (!VERSION_LINE.test(source)) {
    throw new RanchError({
      code: 'artifact-invalid',
      place: standIn,
      message: 'has no line `const VERSION = "..."` to put a version in',
      remedy: 'Build it again: npm run build.',
    });
  }
  await writeFile(path, source.replace(VERSION_LINE, `$1$2${version}$2`));
}

function realBinary(version: string, real: Readonly<Record<string, string>>): string {
  const path = real[version];
  if (path !== undefined) return path;
  throw new RanchError({
    code: 'no-such-version',
    place: 'lab',
    message: `no real SQ ${version} was given; there are ${Object.keys(real).join(', ')}`,
    remedy: `Build it: cargo install sq --version ${version} --root DIR.`,
  });
}

function findStandIn(): string {
  const places = STAND_IN_PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new RanchError({
    code: 'artifact-missing',
    place: places[0] ?? 'stand-in.js',
    message: 'the SQ stand-in was not built',
    remedy: 'Build it: npm run build.',
  });
}
