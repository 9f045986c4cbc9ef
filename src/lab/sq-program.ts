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

/** What makes a program another one than the pristine program of its version. */
export interface SqVariant {
  /** It says the same and has another sha256. */
  readonly other?: boolean;
  /** The libphext it plays: `0.3.0` fails on real content. Stand-ins only. */
  readonly libphext?: string;
}

/**
 * Writes the program of an SQ version to `path`, executable. Throws `no-such-version` where real binaries are used
 * and that one is not among them, `artifact-missing` where the stand-in was not built.
 */
export async function installSq(
  version: string,
  path: string,
  programs: SqPrograms = {},
  variant: SqVariant = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (programs.real) await copyFile(realBinary(version, programs.real), path);
  else await writeStandIn(version, path, programs.standIn ?? findStandIn(), variant.libphext);
  await chmod(path, 0o755);
  // Bytes behind an ELF file's sections, or a comment behind a script, change what it is and not what it does.
  if (variant.other) await appendFile(path, '\n// built by somebody else\n');
}

/** Installs the stand-in of an SQ version: one script, its version put in, that node runs. */
async function writeStandIn(
  version: string,
  path: string,
  standIn: string,
  libphext: string | undefined,
): Promise<void> {
  const source = await readFile(standIn, 'utf8');
  const versioned = withConstant(source, 'VERSION', version, standIn);
  await writeFile(
    path,
    libphext === undefined ? versioned : withConstant(versioned, 'LIBPHEXT', libphext, standIn),
  );
}

/** The source with another text in its line `const NAME = '...'`. */
function withConstant(source: string, name: string, text: string, file: string): string {
  const line = new RegExp(`\\b((?:const|var|let) ${name} = )(["'])[^"'\\n]*\\2`);
  if (line.test(source))
    return source.replace(line, (_all, start: string, mark: string) => `${start}${mark}${text}${mark}`);
  throw new RanchError({
    code: 'artifact-invalid',
    place: file,
    message: `has no line \`const ${name} = "..."\` to put ${text} in`,
    remedy: 'Build it again: npm run build.',
  });
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
