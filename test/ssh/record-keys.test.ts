import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordKeys } from '../../src/ssh/record-keys.ts';
import { temporaryFolder } from './world.ts';

test('writes a file only its owner can read, and adds each line once', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'state', 'known_hosts');
  await recordKeys(file, ['a ssh-ed25519 AAAA', 'b ssh-ed25519 BBBB']);
  await recordKeys(file, ['b ssh-ed25519 BBBB', 'c ssh-ed25519 CCCC', 'c ssh-ed25519 CCCC']);
  expect(await readFile(file, 'utf8')).toBe('a ssh-ed25519 AAAA\nb ssh-ed25519 BBBB\nc ssh-ed25519 CCCC\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'state'))).toEqual(['known_hosts']);
});

test('keeps a last line that has no end', async () => {
  const file = join(await temporaryFolder(), 'known_hosts');
  await writeFile(file, '# mine');
  await recordKeys(file, ['a ssh-ed25519 AAAA']);
  expect(await readFile(file, 'utf8')).toBe('# mine\na ssh-ed25519 AAAA\n');
});
