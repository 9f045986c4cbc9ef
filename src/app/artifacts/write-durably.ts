import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a rename outlast a power cut: the folder's entry is on the disk when this resolves. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Writes a file that is at every moment the old one or the whole new one, also after a power cut: write to `fresh`
 * (beside it; must not exist), fsync, rename, fsync of the folder. Throws what the file system throws; `EEXIST` means
 * that somebody else has `fresh`. Nothing of our own is left then.
 */
export async function writeDurably(
  file: string,
  fresh: string,
  content: () => Promise<string | Uint8Array>,
  mode: number,
): Promise<void> {
  const handle = await open(fresh, 'wx', mode);
  try {
    try {
      await handle.writeFile(await content());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
