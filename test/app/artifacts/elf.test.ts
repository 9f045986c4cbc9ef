import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readElf } from '../../../src/app/artifacts/elf.ts';
import { programOf } from '../../../src/app/artifacts/program.ts';
import { RanchError } from '../../../src/domain/errors.ts';
import { elfBytes } from './elf-bytes.ts';

describe('an ELF header', () => {
  test.each([
    ['x86_64, glibc', {}, { arch: 'x86_64', libc: 'gnu', bits: 64 }],
    [
      'aarch64, musl',
      { machine: 183, loader: '/lib/ld-musl-aarch64.so.1' },
      { arch: 'aarch64', libc: 'musl', bits: 64 },
    ],
    ['a static one', { loader: null, type: 2 }, { arch: 'x86_64', libc: 'static', executable: true }],
    ['a static one that may lie anywhere', { loader: null }, { libc: 'static', executable: true }],
    [
      '32 bits',
      { machine: 40, bits: 32, loader: '/lib/ld-linux-armhf.so.3' } as const,
      { arch: 'armv7l', libc: 'gnu', bits: 32 },
    ],
    [
      'big endian',
      { machine: 22, little: false, loader: '/lib/ld64.so.1' },
      { arch: 's390x', libc: 'gnu', order: 'big' },
    ],
    [
      'a loader of NixOS',
      { loader: '/nix/store/x-glibc-2.40/lib/ld-linux-x86-64.so.2' },
      { arch: 'x86_64', libc: 'gnu' },
    ],
    ['a library', { loader: null, entry: 0 }, { executable: false }],
    ['an object', { loader: null, type: 1 }, { executable: false }],
    ['FreeBSD', { abi: 9, loader: '/libexec/ld-elf.so.1' }, { linux: false, libc: 'other' }],
    ['Android', { loader: '/system/bin/linker64' }, { libc: 'other', interpreter: '/system/bin/linker64' }],
    ['x32', { bits: 32 } as const, { machine: 62, bits: 32 }],
  ])('%s', (_, spec, says) => {
    const reading = readElf(elfBytes(spec));
    expect(reading).toMatchObject({ kind: 'elf', elf: says });
  });

  test('a machine that is not in the table has no name', () => {
    const reading = readElf(elfBytes({ machine: 0xbeef }));
    expect(reading.kind === 'elf' && 'arch' in reading.elf).toBe(false);
  });

  test('cut anywhere before its last header byte, it is damaged or no ELF, never half believed', () => {
    const whole = elfBytes();
    for (let length = 0; length < whole.length; length++) {
      expect(readElf(whole.subarray(0, length)).kind).toBe(length < 4 ? 'not-elf' : 'damaged');
    }
    expect(readElf(whole).kind).toBe('elf');
  });

  test.each([
    ['a table far outside', 32, [0, 0, 0, 0, 0, 0, 0, 0x7f], 'its table of program headers lies outside'],
    ['65,535 program headers', 56, [0xff, 0xff], 'it claims 65535 program headers'],
    ['odd program headers', 54, [1, 0], 'its program headers are 1 bytes long'],
    ["an endless loader's path", 64 + 56 + 32, [0, 0, 0, 1], "its loader's path is 16777216 bytes long"],
    ['no width', 4, [7], 'its width (7)'],
  ])('hostile: %s', (_, at, patch, reason) => {
    const bytes = elfBytes();
    bytes.set(patch, at);
    const reading = readElf(bytes);
    expect(reading.kind === 'damaged' && reading.reason).toContain(reason);
  });

  test('whatever the bytes are, reading ends with an answer', () => {
    const flipped = fc
      .tuple(
        fc.constantFrom(
          elfBytes(),
          elfBytes({ bits: 32, machine: 3 }),
          elfBytes({ little: false, machine: 21 }),
        ),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 }),
      )
      .map(([bytes, flips]) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of flips) copy[at % copy.length] = value;
        return copy;
      });
    const noise = fc
      .uint8Array({ maxLength: 400 })
      .map((tail) => Buffer.concat([elfBytes().subarray(0, 6), tail]));
    fc.assert(
      fc.property(fc.oneof(flipped, noise, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        expect(['elf', 'damaged', 'not-elf']).toContain(readElf(bytes).kind);
        try {
          expect(['elf', 'script']).toContain(programOf(bytes, 'x').kind);
        } catch (error) {
          expect(error instanceof RanchError && error.code).toBe('artifact-invalid');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
