import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Random } from '../domain/ports.ts';
import type { KeyPair } from './keys.ts';
import type { HostPlace, LabInstance } from './lab-layout.ts';
import { sampleContent } from './sample-content.ts';
import { installSq, type SqPrograms } from './sq-program.ts';
import { startSq } from './start-sq.ts';

/** Makes a host's folders, keys, content and binary. Throws what `installSq` throws. */
export async function furnishHost(
  place: HostPlace,
  hostKey: KeyPair,
  programs: SqPrograms,
  random: Random,
): Promise<void> {
  for (const folder of [place.home, join(place.folder, 'bin'), join(place.folder, 'data')]) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
  }
  await writeFile(join(place.folder, 'host_key'), hostKey.private, { mode: 0o600 });
  for (const instance of place.instances) await furnishInstance(instance, random);
  const { version, otherBinary, libphext } = place.spec;
  if (version !== undefined && place.binary !== undefined) {
    await mkdir(dirname(place.binary), { recursive: true });
    await installSq(version, place.binary, programs, {
      ...(otherBinary !== undefined && { other: otherBinary }),
      ...(libphext !== undefined && { libphext }),
    });
  }
}

async function furnishInstance(instance: LabInstance, random: Random): Promise<void> {
  await mkdir(instance.dataDir, { recursive: true });
  const content = sampleContent(instance.phext, instance.spec.bytes);
  await writeFile(join(instance.dataDir, `${instance.phext}.phext`), content);
  if (instance.keyFile !== undefined) await writeFile(instance.keyFile, random.hex(32), { mode: 0o600 });
}

/** Starts one instance of a host as people do by hand: its pid, once it listens. Throws `sq-error`. */
export async function startInstance(place: HostPlace, instance: LabInstance): Promise<number> {
  const key = instance.keyFile === undefined ? [] : ['--key', await readFile(instance.keyFile, 'utf8')];
  const dataDir = instance.spec.data.kind === 'folder' ? ['--data-dir', instance.dataDir] : [];
  return await startSq({
    host: place.spec.name,
    binary: place.binary ?? 'sq',
    args: ['host', String(instance.port), ...key, ...dataDir],
    world: { cwd: instance.cwd, env: place.env },
    log: instance.log,
    port: instance.port,
  });
}
