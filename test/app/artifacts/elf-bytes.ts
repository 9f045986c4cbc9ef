/** What a made-up program says of itself; x86_64 with the loader of glibc where nothing else is given. */
export interface ElfSpec {
  readonly machine?: number;
  readonly bits?: 32 | 64;
  readonly little?: boolean;
  /** null: none, a static program. */
  readonly loader?: string | null;
  /** 2: fixed, 3: position-independent or a library, 1: an object. */
  readonly type?: number;
  readonly entry?: number;
  readonly abi?: number;
  /** Put behind everything. */
  readonly tail?: string;
}

/** A header, a table of one or two program headers and the loader's path: all that is ever read of a program. */
export function elfBytes(spec: ElfSpec = {}): Buffer {
  const { machine = 62, bits = 64, little = true, type = 3, entry = 0x1000, abi = 0, tail = '' } = spec;
  const loader = spec.loader === undefined ? '/lib64/ld-linux-x86-64.so.2' : spec.loader;
  const wide = bits === 64;
  const [header, size] = wide ? [64, 56] : [52, 32];
  const count = loader === null ? 1 : 2;
  const path = Buffer.from(loader === null ? '' : `${loader}\0`);
  const bytes = Buffer.alloc(header + count * size);
  const half = (at: number, value: number) =>
    little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const word = (at: number, value: number) =>
    little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  const address = (at: number, value: number) => (wide ? word(little ? at : at + 4, value) : word(at, value));
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, abi]);
  half(16, type);
  half(18, machine);
  address(24, entry);
  address(wide ? 32 : 28, header);
  half(wide ? 54 : 42, size);
  half(wide ? 56 : 44, count);
  word(header, 1);
  if (loader !== null) {
    const at = header + size;
    word(at, 3);
    address(at + (wide ? 8 : 4), bytes.length);
    address(at + (wide ? 32 : 16), path.length);
  }
  return Buffer.concat([bytes, path, Buffer.from(tail)]);
}
