import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildHere } from '../app/artifacts/build-here.ts';
import { versionOf } from '../app/target.ts';
import { visible } from '../views/visible.ts';
import type { Door } from './door.ts';

/** The versions the lab's hosts run and are upgraded to. */
const VERSIONS = ['0.5.1', '0.5.2'];

/** The real SQ of each version, built by cargo once and kept in the user's cache. */
export async function realPrograms(door: Door): Promise<Readonly<Record<string, string>>> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ranch', 'sq');
  const found: Record<string, string> = {};
  for (const version of VERSIONS) {
    const file = join(cache, version, 'bin', 'sq');
    if (!existsSync(file)) {
      door.say([`Building SQ ${version} with cargo ...`]);
      const built = await buildHere(
        { version: versionOf(version), locked: false },
        { env: process.env, say: (line) => door.say([visible(line)]) },
      );
      await mkdir(join(cache, version, 'bin'), { recursive: true });
      await writeFile(`${file}.new`, built.bytes, { mode: 0o755 });
      await rename(`${file}.new`, file);
    }
    found[version] = file;
  }
  return found;
}
