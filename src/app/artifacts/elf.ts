/** What an ELF file says of itself in its header and in the loader it asks for. */
export interface Elf {
  /** As `uname -m` prints it: `x86_64`, `aarch64`; absent for a machine that is not in the table. */
  readonly arch?: string;
  /** The header's own number for the machine: 62 is x86_64. */
  readonly machine: number;
  /** Other names of machines it runs on: a program for `armv6l` runs on `armv7l`. */
  readonly alsoOn: readonly string[];
  readonly bits: 32 | 64;
  readonly order: 'little' | 'big';
  /** `other`: it asks for a loader of another system (BSD, Android). `static`: it asks for none and runs on any libc. */
  readonly libc: 'gnu' | 'musl' | 'static' | 'other';
  /** False for objects, core dumps and libraries. */
  readonly executable: boolean;
  /** False where the header names another system than Linux. */
  readonly linux: boolean;
  /** The loader's path; absent in a static program. As the file has it: escape before showing. */
  readonly interpreter?: string;
}

/** What reading gave: `not-elf` lacks the magic number, `damaged` has it and does not hold together. */
export type ElfReading =
  | { readonly kind: 'elf'; readonly elf: Elf }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'not-elf' };

/** One line a machine: the header's number and bits, the byte order where it matters, the names `uname -m` has for it. */
const MACHINES: readonly (readonly [
  number,
  32 | 64,
  'little' | 'big' | 'any',
  arch: string,
  ...alsoOn: string[],
])[] = [
  [62, 64, 'little', 'x86_64'],
  [183, 64, 'little', 'aarch64'],
  [3, 32, 'little', 'i686', 'i386', 'i486', 'i586'],
  [40, 32, 'little', 'armv7l', 'armv6l', 'armv8l'],
  [243, 64, 'little', 'riscv64'],
  [21, 64, 'little', 'ppc64le'],
  [21, 64, 'big', 'ppc64'],
  [22, 64, 'big', 's390x'],
  [258, 64, 'little', 'loongarch64'],
  [8, 64, 'any', 'mips64'],
  [8, 32, 'any', 'mips'],
];

const MAGIC = 0x7f454c46;
const HEADER_BYTES = { 32: 52, 64: 64 } as const;
const ENTRY_BYTES = { 32: 32, 64: 56 } as const;
const PT_INTERP = 3;
const ET_EXEC = 2;
const ET_DYN = 3;
/** System V (what Linux programs say) and Linux itself. */
const LINUX_ABIS: readonly number[] = [0, 3];

/** Program headers that are looked at. Linkers write about a dozen; a file that claims 65,535 is not to cost more. */
const MAX_ENTRIES = 256;

/** PATH_MAX: the kernel refuses a longer loader path too. */
const MAX_INTERPRETER_BYTES = 4096;

const GNU_LOADER = /^(?:ld-linux[A-Za-z0-9_.-]*\.so\.\d+|ld64\.so\.\d+|ld\.so\.1)$/;
const MUSL_LOADER = /^ld-musl-[A-Za-z0-9_.-]+\.so\.\d+$/;

/** A file that is cut or lies: told as `damaged`, never past this file. */
class Damage extends Error {}

/** Numbers of one file in its own byte order and width. Every read is within the file, or is damage. */
class Reader {
  readonly bits: 32 | 64;
  readonly little: boolean;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const width = this.byte(4);
    const order = this.byte(5);
    if (width !== 1 && width !== 2) throw new Damage(`its width (${width}) is neither 32 nor 64 bits`);
    if (order !== 1 && order !== 2) throw new Damage(`its byte order (${order}) is unknown`);
    this.bits = width === 1 ? 32 : 64;
    this.little = order === 1;
    this.need(0, HEADER_BYTES[this.bits], 'header');
  }

  need(at: number, length: number, what: string): void {
    if (at < 0 || at + length > this.#bytes.length) throw new Damage(`its ${what} lies outside the file`);
  }

  byte(at: number): number {
    this.need(at, 1, 'header');
    return this.#view.getUint8(at);
  }

  half(at: number): number {
    this.need(at, 2, 'header');
    return this.#view.getUint16(at, this.little);
  }

  word(at: number): number {
    this.need(at, 4, 'header');
    return this.#view.getUint32(at, this.little);
  }

  /** An address or offset. One too large for a file is infinite here, and so outside of it. */
  address(at: number): number {
    if (this.bits === 32) return this.word(at);
    this.need(at, 8, 'header');
    const value = this.#view.getBigUint64(at, this.little);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
  }

  slice(at: number, length: number, what: string): Uint8Array {
    this.need(at, length, what);
    return this.#bytes.subarray(at, at + length);
  }
}

/** The loader's path, up to its zero byte; undefined where no loader is asked for. */
function interpreterOf(reader: Reader): string | undefined {
  const wide = reader.bits === 64;
  const table = reader.address(wide ? 32 : 28);
  const size = reader.half(wide ? 54 : 42);
  const count = reader.half(wide ? 56 : 44);
  if (count === 0) return undefined;
  if (count > MAX_ENTRIES) throw new Damage(`it claims ${count} program headers`);
  if (size !== ENTRY_BYTES[reader.bits]) throw new Damage(`its program headers are ${size} bytes long`);
  reader.need(table, count * size, 'table of program headers');
  for (let entry = table; entry < table + count * size; entry += size) {
    if (reader.word(entry) !== PT_INTERP) continue;
    const length = reader.address(entry + (wide ? 32 : 16));
    if (length < 2 || length > MAX_INTERPRETER_BYTES)
      throw new Damage(`its loader's path is ${length} bytes long`);
    const path = reader.slice(reader.address(entry + (wide ? 8 : 4)), length, "loader's path");
    const end = path.indexOf(0);
    if (end < 1) throw new Damage("its loader's path has no end");
    return new TextDecoder('utf-8').decode(path.subarray(0, end));
  }
  return undefined;
}

function libcOf(interpreter: string | undefined): Elf['libc'] {
  if (interpreter === undefined) return 'static';
  const name = interpreter.slice(interpreter.lastIndexOf('/') + 1);
  if (GNU_LOADER.test(name)) return 'gnu';
  return MUSL_LOADER.test(name) ? 'musl' : 'other';
}

function elfOf(bytes: Uint8Array): Elf {
  const reader = new Reader(bytes);
  const { bits } = reader;
  const order = reader.little ? 'little' : 'big';
  const machine = reader.half(18);
  const [, , , arch, ...alsoOn] =
    MACHINES.find(
      ([number, width, wants]) =>
        number === machine && width === bits && (wants === 'any' || wants === order),
    ) ?? [];
  const type = reader.half(16);
  const interpreter = interpreterOf(reader);
  // A library has the type of a program that can be loaded anywhere; it has no loader and nowhere to begin.
  const begins = interpreter !== undefined || reader.address(24) !== 0;
  return {
    ...(arch === undefined ? {} : { arch }),
    machine,
    alsoOn,
    bits,
    order,
    libc: libcOf(interpreter),
    executable: type === ET_EXEC || (type === ET_DYN && begins),
    linux: LINUX_ABIS.includes(reader.byte(7)),
    ...(interpreter === undefined ? {} : { interpreter }),
  };
}

/**
 * Reads the header and the loader's path of an ELF file held whole in memory. Pure; looks at no more than 256 program
 * headers whatever the file claims, and never throws for what a file holds.
 */
export function readElf(bytes: Uint8Array): ElfReading {
  if (bytes.length < 4) return { kind: 'not-elf' };
  if (new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) !== MAGIC) return { kind: 'not-elf' };
  try {
    return { kind: 'elf', elf: elfOf(bytes) };
  } catch (error) {
    if (error instanceof Damage) return { kind: 'damaged', reason: error.message };
    throw error;
  }
}
