import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './error-fields.ts';

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Adds lines to a file of known host keys, which only its owner can read, and which is at every moment the old or the
 * new one. Lines that stand there already are left out. Throws what the file system throws.
 */
export async function recordKeys(file: string, lines: readonly string[]): Promise<void> {
  const before = await textOf(file);
  const present = new Set(before.split('\n'));
  const added = [...new Set(lines)].filter((line) => !present.has(line));
  if (added.length === 0) return;
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  try {
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.writeFile(`${before}${separator}${added.join('\n')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
