import type { PlatformKey } from '../../domain/artifact.ts';
import { RanchError } from '../../domain/errors.ts';
import { escapeText, excerpt } from '../../domain/excerpt.ts';
import { type Elf, readElf } from './elf.ts';

/** What a file is, as far as running it goes. */
export type Program =
  | { readonly kind: 'elf'; readonly elf: Elf }
  /** Run by an interpreter: `/usr/bin/env node`. Escaped. */
  | { readonly kind: 'script'; readonly interpreter: string };

/** What the kernel reads of a script's first line. */
const FIRST_LINE_BYTES = 256;

/** For whom a program that fits any libc is registered when nobody says. */
const LIBCS = ['gnu', 'musl'] as const;

/** How files begin that people take for an SQ of Linux. */
const OTHERS: readonly (readonly [start: string, name: string])[] = [
  ['4d5a', 'a program for Windows'],
  ['cffaedfe', 'a program for macOS'],
  ['cafebabe', 'a program for macOS'],
  ['1f8b', 'a gzip archive: unpack it first'],
  ['504b0304', 'a zip archive: unpack it first'],
  ['fd377a58', 'an xz archive: unpack it first'],
  ['28b52ffd', 'a zstd archive: unpack it first'],
];

function invalid(place: string, message: string, remedy: string): RanchError {
  return new RanchError({ code: 'artifact-invalid', place, message, remedy });
}

const NEEDS_PROGRAM = 'Give the program itself: an SQ built for Linux, or a script with a `#!` line.';

function scriptOf(bytes: Uint8Array): Program | undefined {
  if (bytes[0] !== 0x23 || bytes[1] !== 0x21) return undefined;
  const head = bytes.subarray(2, FIRST_LINE_BYTES);
  const end = head.indexOf(0x0a);
  const line = new TextDecoder('utf-8').decode(end < 0 ? head : head.subarray(0, end)).trim();
  return line.startsWith('/') && end >= 0 ? { kind: 'script', interpreter: escapeText(line) } : undefined;
}

function refuseElf(place: string, elf: Elf): void {
  if (!elf.linux || elf.libc === 'other') {
    const wants = elf.interpreter === undefined ? '' : ` (it asks for ${excerpt(elf.interpreter)})`;
    throw invalid(place, `is a program for another system than Linux${wants}`, NEEDS_PROGRAM);
  }
  if (elf.arch === undefined) {
    const machine = `machine ${elf.machine}, ${elf.bits} bits, ${elf.order} endian`;
    throw invalid(place, `is a program for an unknown architecture (${machine})`, NEEDS_PROGRAM);
  }
  if (!elf.executable) throw invalid(place, 'is a library or an object file, not a program', NEEDS_PROGRAM);
}

/**
 * What a file is, from its bytes. `place` names it in errors. Throws `artifact-invalid` for what no Linux host could
 * run, with a word on what it is.
 */
export function programOf(bytes: Uint8Array, place: string): Program {
  const reading = readElf(bytes);
  if (reading.kind === 'elf') {
    refuseElf(place, reading.elf);
    return reading;
  }
  if (reading.kind === 'damaged') {
    throw invalid(place, `is a damaged program: ${reading.reason}`, 'Build or fetch it again.');
  }
  const script = scriptOf(bytes);
  if (script !== undefined) return script;
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  const other = OTHERS.find(([head]) => start.startsWith(head))?.[1];
  const what = bytes.length === 0 ? 'is empty' : `is ${other ?? 'no program'}`;
  throw invalid(place, what, NEEDS_PROGRAM);
}

/** In words, for errors: `a program for linux-x86_64-gnu`. */
export function describeProgram(program: Program): string {
  if (program.kind === 'script') return `a script that ${program.interpreter} runs`;
  const { arch, libc } = program.elf;
  return libc === 'static' ? `a static program for linux-${arch}` : `a program for linux-${arch}-${libc}`;
}

/**
 * The platforms a program is for, as observations name them. A static program runs beside either libc; a script is for
 * `any`.
 */
export function platformsOf(program: Program): readonly PlatformKey[] {
  if (program.kind === 'script') return ['any'];
  const { arch, libc } = program.elf;
  const libcs = libc === 'static' ? LIBCS : [libc];
  return libcs.map((name) => `linux-${arch}-${name}`);
}

/** A host whose libc could not be told (`linux-x86_64-unknown`) may be given any program of its architecture. */
function fits(program: Program, asked: PlatformKey): boolean {
  const match = /^linux-([a-z0-9_]+)-(gnu|musl|unknown)$/.exec(asked);
  if (program.kind === 'script') return asked === 'any' || match !== null;
  const { arch, alsoOn, libc } = program.elf;
  if (match === null || match[1] === undefined || ![arch, ...alsoOn].includes(match[1])) return false;
  return libc === 'static' || match[2] === 'unknown' || match[2] === libc;
}

/** Whether a program may be registered for a platform; `artifact-invalid`, naming what it is and what was asked, when not. */
export function checkFits(program: Program, asked: PlatformKey, place: string): void {
  if (fits(program, asked)) return;
  const own = platformsOf(program).join(' or ');
  throw invalid(
    place,
    `is ${describeProgram(program)}, and was to be for ${escapeText(asked)}`,
    `Leave \`--platform\` out to register it for ${own}, or give a program built for ${escapeText(asked)}.`,
  );
}
