import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addArtifact } from '../../src/app/artifacts/add-artifact.ts';
import { ArtifactStore } from '../../src/app/artifacts/artifact-store.ts';
import { askedVersion } from '../../src/app/artifacts/asked-version.ts';
import { verifyArtifacts } from '../../src/app/artifacts/verify-artifacts.ts';
import { REAL } from './binaries.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranch-artifacts-sq-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(REAL)('$known.name as an artifact', ({ known, binary }) => {
  const version = askedVersion(known.version);
  const place = () => ({
    store: new ArtifactStore(join(folder, known.name)),
    lockFile: join(folder, `${known.name}.lock`),
  });

  test('its header, its version and the libphext it holds are read', async () => {
    const { artifacts, notes } = await addArtifact({ file: binary(), version, ...place() });
    expect(artifacts).toMatchObject([{ version, libphext: known.libphext }]);
    expect(artifacts[0]?.platform).toMatch(/^linux-[a-z0-9_]+-(gnu|musl)$/);
    expect(notes).toEqual(version === '0.5.1' ? [expect.stringContaining('prints no version')] : []);
    const { lockFile, store } = place();
    expect(await verifyArtifacts(lockFile, store)).toMatchObject([{ state: 'ok', detail: '' }]);
  });

  test('it is not taken for another release, nor for another platform', async () => {
    const other = askedVersion('0.5.9');
    const wrong = addArtifact({ file: binary(), version: other, ...place() });
    await expect(wrong).rejects.toMatchObject({ code: 'artifact-invalid' });
    const foreign = addArtifact({ file: binary(), version, platform: 'linux-s390x-gnu', ...place() });
    await expect(foreign).rejects.toMatchObject({
      code: 'artifact-invalid',
      message: expect.stringMatching(/^is a program for linux-.*, and was to be for linux-s390x-gnu$/),
    });
    expect(await readdir(place().store.dir)).toHaveLength(1);
  });
});
