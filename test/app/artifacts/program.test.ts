import { describe, expect, test } from 'vitest';
import { checkFits, platformsOf, programOf } from '../../../src/app/artifacts/program.ts';
import { type ElfSpec, elfBytes } from './elf-bytes.ts';

const MUSL: ElfSpec = { loader: '/lib/ld-musl-x86_64.so.1' };
const STATIC: ElfSpec = { loader: null };
const ARM: ElfSpec = { machine: 40, bits: 32, loader: '/lib/ld-linux-armhf.so.3' };
const SCRIPT = '#!/usr/bin/env node\nx\n';

function program(what: ElfSpec | string) {
  return programOf(typeof what === 'string' ? Buffer.from(what) : elfBytes(what), 'FILE');
}

test.each<[string, ElfSpec | string, readonly string[]]>([
  ['glibc', {}, ['linux-x86_64-gnu']],
  ['musl', MUSL, ['linux-x86_64-musl']],
  ['static, for either libc', STATIC, ['linux-x86_64-gnu', 'linux-x86_64-musl']],
  ['a script', SCRIPT, ['any']],
])('the platforms of %s', (_, what, platforms) => {
  expect(platformsOf(program(what))).toEqual(platforms);
});

test.each<[ElfSpec | string, string]>([
  [{}, 'linux-x86_64-gnu'],
  [{}, 'linux-x86_64-unknown'],
  [STATIC, 'linux-x86_64-musl'],
  [ARM, 'linux-armv6l-gnu'],
  [SCRIPT, 'any'],
  [SCRIPT, 'linux-aarch64-gnu'],
])('fits: %j for %s', (what, asked) => {
  expect(() => checkFits(program(what), asked, 'FILE')).not.toThrow();
});

test.each<[ElfSpec | string, string, string]>([
  [{}, 'linux-aarch64-gnu', 'is a program for linux-x86_64-gnu, and was to be for linux-aarch64-gnu'],
  [{}, 'linux-x86_64-musl', 'is a program for linux-x86_64-gnu, and was to be for linux-x86_64-musl'],
  [MUSL, 'linux-x86_64-gnu', 'is a program for linux-x86_64-musl, and was to be for linux-x86_64-gnu'],
  [STATIC, 'linux-aarch64-musl', 'is a static program for linux-x86_64, and was'],
  [{}, 'any', 'and was to be for any'],
  [{}, 'windows-x86_64', 'and was to be for windows-x86_64'],
  [SCRIPT, 'my toaster', 'is a script that /usr/bin/env node runs, and was to be for my toaster'],
])('does not fit: %j for %s', (what, asked, message) => {
  expect(() => checkFits(program(what), asked, 'FILE')).toThrow(
    expect.objectContaining({
      code: 'artifact-invalid',
      place: 'FILE',
      message: expect.stringContaining(message),
    }),
  );
});

describe('what no host could run is called what it is', () => {
  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'is empty'],
    ['text', Buffer.from('hello'), 'is no program'],
    ['Windows', Buffer.from('MZ\x90'), 'is a program for Windows'],
    ['macOS', Buffer.from('cffaedfe07', 'hex'), 'is a program for macOS'],
    ['an archive', Buffer.from('1f8b0800', 'hex'), 'is a gzip archive: unpack it first'],
    ['a script without interpreter', Buffer.from('#!\necho\n'), 'is no program'],
    ['a script whose first line never ends', Buffer.from(`#!/${'x'.repeat(9_999)}`), 'is no program'],
    ['a library', elfBytes({ loader: null, entry: 0 }), 'is a library or an object file'],
    ['x32', elfBytes({ bits: 32 }), 'unknown architecture (machine 62, 32 bits, little endian)'],
    [
      'Android',
      elfBytes({ loader: '/system/bin/linker64' }),
      'another system than Linux (it asks for /system',
    ],
    ['a cut one', elfBytes().subarray(0, 80), 'is a damaged program'],
    ['a loader with escapes', elfBytes({ loader: '/\u001b[2J' }), 'asks for /\\x1b[2J'],
  ])('%s', (_, bytes, message) => {
    expect(() => programOf(bytes, 'FILE')).toThrow(
      expect.objectContaining({ code: 'artifact-invalid', message: expect.stringContaining(message) }),
    );
  });
});
