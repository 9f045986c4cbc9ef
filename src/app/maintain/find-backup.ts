import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { RanchError } from '../../domain/errors.ts';
import { backupRoot } from './backup.ts';
import { type BackupManifest, MANIFEST, readManifest } from './manifest.ts';

/** A backup that was read and proven. */
export interface ProvenBackup {
  readonly folder: string;
  readonly manifest: BackupManifest;
}

async function names(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((name) => !name.startsWith('.')).sort();
}

/** Backups of a host under the state folder, oldest first. */
async function foldersOf(
  stateDir: string,
  host: string,
  ports: readonly number[],
): Promise<readonly string[]> {
  const own = join(backupRoot(stateDir), host);
  const wanted = ports.length > 0 ? ports.map(String) : await names(own);
  const found = await Promise.all(
    wanted.map(async (port) =>
      (await names(join(own, port))).map((time) => ({ time, path: join(own, port, time) })),
    ),
  );
  return found
    .flat()
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ path }) => path);
}

function notOne(host: string, backup: string, count: number): RanchError {
  return new RanchError({
    code: 'no-such-backup',
    place: host,
    message: count === 0 ? `there is no backup ${backup}` : `${count} backups are called ${backup}`,
    remedy: 'Name its folder, or the port; `ranch backup HOST` takes a new one.',
  });
}

/**
 * The folder that `backup` names: a path, the name of a moment, or `latest` (of one port). Throws `no-such-backup`.
 */
export async function findBackup(
  stateDir: string,
  host: string,
  backup: string,
  ports: readonly number[] = [],
): Promise<string> {
  const path = resolve(backup);
  if ((isAbsolute(backup) || backup.includes('/')) && existsSync(join(path, MANIFEST))) return path;
  const all = await foldersOf(stateDir, host, ports);
  if (backup === 'latest') {
    const perPort = new Set(all.map((folder) => resolve(folder, '..')));
    const last = all.at(-1);
    if (last === undefined || perPort.size > 1) throw notOne(host, backup, perPort.size);
    return last;
  }
  const fitting = all.filter((folder) => folder.endsWith(`/${backup}`));
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) throw notOne(host, backup, fitting.length);
  return only;
}

function damaged(file: string, message: string): RanchError {
  return new RanchError({
    code: 'backup-invalid',
    place: file,
    message,
    remedy: 'Nothing was touched. Take another backup for this restore.',
  });
}

/** Reads all of a backup and proves it anew: a disk can forget. Throws `no-such-backup`, `backup-invalid`. */
export async function proveBackup(folder: string): Promise<ProvenBackup> {
  const manifest = await readManifest(folder);
  if (manifest.phexts.length === 0) throw damaged(folder, 'it holds no phext');
  for (const { name, sha256 } of manifest.phexts) {
    const file = join(folder, `${name}.phext`);
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new RanchError(
        { ...damaged(file, 'it cannot be read'), message: 'it cannot be read' },
        { cause },
      );
    });
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw damaged(file, 'it is not the file that was backed up');
    }
    if (!isUtf8(bytes)) throw damaged(file, 'it is not UTF-8, and SQ could not load it');
  }
  return { folder, manifest };
}
