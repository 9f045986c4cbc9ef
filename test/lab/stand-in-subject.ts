import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStandIn } from '../../scripts/stand-in.mjs';
import { installSq } from '../../src/lab/sq-program.ts';
import type { Subject } from '../real-sq/subject.ts';

/** Builds the stand-in and writes a copy for each version into a temporary folder: subjects by version. */
export async function standIns(
  versions: readonly Subject['version'][],
): Promise<{ readonly dir: string; readonly subjects: readonly Subject[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'ranch-stand-in-'));
  const standIn = join(dir, 'stand-in.js');
  await buildStandIn(standIn);
  const subjects = versions.map(async (version): Promise<Subject> => {
    const binary = join(dir, version, 'sq');
    await installSq(version, binary, { standIn });
    return { name: `stand-in ${version}`, version, libphext: '0.3.3', binary };
  });
  return { dir, subjects: await Promise.all(subjects) };
}
