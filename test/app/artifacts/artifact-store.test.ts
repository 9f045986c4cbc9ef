import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../../src/app/artifacts/artifact-store.ts';
import { asSha256, type Sha256 } from '../../../src/domain/brand.ts';
import { temporaryFolder } from './folder.ts';

const CONTENT = Buffer.from('a binary\0of few bytes');

function shaOf(content: Uint8Array): Sha256 {
  const sha = asSha256(createHash('sha256').update(content).digest('hex'));
  if (!sha) throw new Error('no sha256');
  return sha;
}

const SHA = shaOf(CONTENT);

describe('the store', () => {
  test('holds what was put under its sha256, for its owner alone', async () => {
    const state = await temporaryFolder();
    const store = new ArtifactStore(state);
    expect(await store.put(CONTENT)).toBe(SHA);
    expect(await store.bytes(SHA)).toBe(CONTENT.length);
    expect(await buffer(store.open(SHA))).toEqual(CONTENT);
    expect(await readdir(join(state, 'artifacts'))).toEqual([SHA]);
    expect((await stat(store.dir)).mode & 0o777).toBe(0o700);
    expect((await stat(store.path(SHA))).mode & 0o777).toBe(0o600);
  });

  test('many at once leave one file', async () => {
    const store = new ArtifactStore(await temporaryFolder());
    await Promise.all(
      Array.from({ length: 20 }, () => new ArtifactStore(join(store.dir, '..')).put(CONTENT)),
    );
    expect(await readdir(store.dir)).toEqual([SHA]);
    expect(await store.bytes(SHA)).toBe(CONTENT.length);
  });

  test('nothing is made by looking', async () => {
    const state = await temporaryFolder();
    await expect(new ArtifactStore(state).bytes(SHA)).rejects.toMatchObject({ code: 'artifact-missing' });
    expect(await readdir(state)).toEqual([]);
  });

  test('a stream of what is not there fails as artifact-missing', async () => {
    const store = new ArtifactStore(await temporaryFolder());
    await expect(buffer(store.open(SHA))).rejects.toMatchObject({ code: 'artifact-missing' });
  });

  test('a flipped bit is found the first time, and again when the file changes later', async () => {
    const store = new ArtifactStore(await temporaryFolder());
    await store.put(CONTENT);
    const flipped = Buffer.from(CONTENT);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    expect(await store.bytes(SHA)).toBe(CONTENT.length);
    await writeFile(store.path(SHA), flipped);
    await utimes(store.path(SHA), 1, 1);
    for (const each of [store, new ArtifactStore(join(store.dir, '..'))]) {
      await expect(each.bytes(SHA)).rejects.toMatchObject({
        code: 'artifact-invalid',
        message: expect.stringContaining(shaOf(flipped)),
      });
    }
  });

  test('a damaged binary is replaced when the whole one is put again', async () => {
    const store = new ArtifactStore(await temporaryFolder());
    await store.put(CONTENT);
    await writeFile(store.path(SHA), CONTENT.subarray(0, 5));
    expect(await store.put(CONTENT)).toBe(SHA);
    expect(await new ArtifactStore(join(store.dir, '..')).bytes(SHA)).toBe(CONTENT.length);
  });

  test('sweeps what a killed writer left a day ago, and not what one writes now', async () => {
    const store = new ArtifactStore(await temporaryFolder());
    await mkdir(store.dir);
    await writeFile(join(store.dir, 'old.new'), 'x');
    await utimes(join(store.dir, 'old.new'), 1, 1);
    await writeFile(join(store.dir, 'young.new'), 'x');
    await store.put(CONTENT);
    expect((await readdir(store.dir)).sort()).toEqual([SHA, 'young.new'].sort());
  });

  test('a folder that a file is in the way of is told as store-failed', async () => {
    const state = await temporaryFolder();
    await writeFile(join(state, 'artifacts'), 'x');
    await chmod(join(state, 'artifacts'), 0o600);
    await expect(new ArtifactStore(state).put(CONTENT)).rejects.toMatchObject({ code: 'store-failed' });
  });
});
