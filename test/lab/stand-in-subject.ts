import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStandIn } from '../../scripts/stand-in.mjs';
import { installSq } from '../../src/lab/sq-program.ts';
import type { Subject } from '../real-sq/subject.ts';

/** A version, and the library it is linked with; 0.3.3 when not given. */
type Kind = Subject['version'] | '0.5.2 on libphext 0.3.0';

/** Builds the stand-in and writes a copy for each kind into a temporary folder, which the caller removes. */
export async function standIns(
  kinds: readonly Kind[],
): Promise<{ readonly dir: string; readonly subjects: readonly Subject[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'ranch-stand-in-'));
  const standIn = join(dir, 'stand-in.js');
  await buildStandIn(standIn);
  const subjects = kinds.map(async (kind): Promise<Subject> => {
    const old = kind === '0.5.2 on libphext 0.3.0';
    const version = old ? '0.5.2' : kind;
    const binary = join(dir, kind.replaceAll(' ', '-'), 'sq');
    await installSq(version, binary, { standIn });
    const program = await readFile(binary, 'utf8');
    if (old) await writeFile(binary, program.replace('LIBPHEXT = "0.3.3"', 'LIBPHEXT = "0.3.0"'));
    return { name: `stand-in ${kind}`, version, libphext: old ? '0.3.0' : '0.3.3', binary };
  });
  return { dir, subjects: await Promise.all(subjects) };
}
