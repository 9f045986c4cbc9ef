import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBackup, proveBackup } from '../../../src/app/maintain/find-backup.ts';
import { rememberPlace, stoppedPlaces } from '../../../src/app/maintain/stopped-places.ts';
import { hostSpec, temporaryFolder } from '../../ssh/world.ts';

const CONTENT = Buffer.from('one\x17two');
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function backup(
  state: string,
  port: number,
  time: string,
  content = CONTENT,
  name = 'p',
): Promise<string> {
  const folder = join(state, 'backups', 'h1', String(port), time);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.phext`), content);
  const phext = {
    name,
    bytes: content.length,
    sha256: sha(content),
    mtime: 1,
    valid: true,
    scrolls: 2,
    checksum: 'x',
  };
  const manifest = {
    kind: 'backup',
    format: 1,
    host: 'h1',
    port,
    takenAt: time,
    dataDir: '/srv',
    saved: 'saved',
    phexts: [phext],
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

test('a backup is named by its moment, by its folder, or as the latest of one port', async () => {
  const state = await temporaryFolder();
  const first = await backup(state, 1337, '2026-01-01T00-00-00.000Z');
  const second = await backup(state, 1337, '2026-01-02T00-00-00.000Z');
  expect(await findBackup(state, 'h1', 'latest')).toBe(second);
  expect(await findBackup(state, 'h1', '2026-01-01T00-00-00.000Z')).toBe(first);
  expect(await findBackup(state, 'h1', first)).toBe(first);
  await backup(state, 1339, '2026-01-02T00-00-00.000Z');
  await expect(findBackup(state, 'h1', 'latest')).rejects.toMatchObject({ code: 'no-such-backup' });
  await expect(findBackup(state, 'h1', '2026-01-02T00-00-00.000Z')).rejects.toMatchObject({
    code: 'no-such-backup',
  });
  expect(await findBackup(state, 'h1', 'latest', [1337])).toBe(second);
});

test('one that was not finished is none', async () => {
  const state = await temporaryFolder();
  await mkdir(join(state, 'backups', 'h1', '1337', '.partial-x'), { recursive: true });
  await expect(findBackup(state, 'h1', 'latest')).rejects.toMatchObject({ code: 'no-such-backup' });
});

test('is proven before it is used: whole, the same, and loadable', async () => {
  const state = await temporaryFolder();
  const folder = await backup(state, 1337, 'a');
  expect((await proveBackup(folder)).manifest.phexts).toHaveLength(1);
  await writeFile(join(folder, 'p.phext'), 'one\x17tw');
  await expect(proveBackup(folder)).rejects.toMatchObject({
    code: 'backup-invalid',
    message: expect.stringContaining('not the file'),
  });
  await rm(join(folder, 'p.phext'));
  await expect(proveBackup(folder)).rejects.toMatchObject({ code: 'backup-invalid' });
  const torn = await backup(state, 1337, 'b', Buffer.from([0xc3, 0x28]));
  await expect(proveBackup(torn)).rejects.toMatchObject({ message: expect.stringContaining('UTF-8') });
});

test('a manifest cannot name a file elsewhere', async () => {
  const state = await temporaryFolder();
  await mkdir(join(state, 'backups', 'h1', '1337', 'a'), { recursive: true });
  const folder = await backup(state, 1337, 'a', CONTENT, '../b/p').catch(() =>
    join(state, 'backups', 'h1', '1337', 'a'),
  );
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify({
      kind: 'backup',
      format: 1,
      host: 'h1',
      port: 1337,
      takenAt: 'a',
      dataDir: '/srv',
      saved: 'saved',
      phexts: [
        { name: '../b/p', bytes: 1, sha256: sha(CONTENT), mtime: 1, valid: true, scrolls: 1, checksum: 'x' },
      ],
    }),
  );
  await expect(proveBackup(folder)).rejects.toMatchObject({ code: 'backup-invalid' });
});

test('places of stopped instances are remembered, the newest first; a damaged memory is none', async () => {
  const state = await temporaryFolder();
  const { name } = hostSpec('h1');
  expect(await stoppedPlaces(state, name)).toEqual([]);
  for (const path of ['/a/sq', '/b/sq', '/a/sq']) await rememberPlace(state, name, path);
  expect(await stoppedPlaces(state, name)).toEqual(['/a/sq', '/b/sq']);
  await writeFile(join(state, 'stopped', 'h1.json'), '{');
  expect(await stoppedPlaces(state, name)).toEqual([]);
});
