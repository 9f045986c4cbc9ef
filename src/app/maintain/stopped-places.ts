import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { HostName } from '../../domain/brand.ts';

const places = z.array(z.string().startsWith('/').max(4096)).max(100);

function fileOf(stateDir: string, host: HostName): string {
  return join(stateDir, 'stopped', `${encodeURIComponent(host)}.json`);
}

/**
 * Binaries of this host whose instances ranch stopped, as far as this controller knows. A bare process that does not
 * run leaves no other trace of where its binary, and so what it takes to start it, lies. A hint only: what the host
 * says counts, and a file that cannot be read is none.
 */
export async function stoppedPlaces(stateDir: string, host: HostName): Promise<readonly string[]> {
  const text = await readFile(fileOf(stateDir, host), 'utf8').catch(() => '[]');
  try {
    return places.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/** Remembers one more; the newest first. */
export async function rememberPlace(stateDir: string, host: HostName, binary: string): Promise<void> {
  const before = await stoppedPlaces(stateDir, host);
  const all = [binary, ...before.filter((each) => each !== binary)].slice(0, 100);
  const file = fileOf(stateDir, host);
  await mkdir(join(stateDir, 'stopped'), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${JSON.stringify(all)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
