import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RanchError } from '../../domain/errors.ts';
import type { MaintainHost, SnapshotPhext } from '../../host/maintain-host.ts';
import { checksum } from '../../sq/checksum.ts';
import { explode } from '../../sq/phext.ts';
import type { BackedUpPhext } from './manifest.ts';

function arrivedOtherwise(file: string, why: string): RanchError {
  return new RanchError({
    code: 'upload-corrupt',
    place: file,
    message: why,
    remedy: 'Run the backup again; if it stays, look at the disk and the memory of both machines.',
  });
}

/** Streams one file of a snapshot into `folder`, on the disk when it returns, readable by its owner alone. */
async function download(
  host: MaintainHost,
  binary: string,
  phext: SnapshotPhext,
  path: string,
): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of host.read(binary, phext)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== phext.sha256)
    throw arrivedOtherwise(path, `what arrived is not ${phext.sha256}`);
}

/**
 * Brings one phext here and proves it: what lies on this disk is read again, hashed, and exploded as SQ would do it.
 * Throws `upload-corrupt`.
 */
export async function fetchPhext(
  host: MaintainHost,
  binary: string,
  phext: SnapshotPhext,
  folder: string,
): Promise<BackedUpPhext> {
  const path = join(folder, `${phext.name}.phext`);
  await download(host, binary, phext, path);
  const bytes = await readFile(path);
  const { name, sha256, mtime } = phext;
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw arrivedOtherwise(path, 'what was written is not what is read');
  }
  const valid = isUtf8(bytes);
  const scrolls = explode(bytes).length;
  return { name, bytes: bytes.length, sha256, mtime, valid, scrolls, checksum: await checksum(bytes) };
}
