import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addArtifact } from '../../../src/app/artifacts/add-artifact.ts';
import { askedVersion } from '../../../src/app/artifacts/asked-version.ts';
import { listArtifacts } from '../../../src/app/artifacts/list-artifacts.ts';
import { readLockFile } from '../../../src/app/artifacts/lock-file.ts';
import { verifyArtifacts } from '../../../src/app/artifacts/verify-artifacts.ts';
import { elfBytes } from './elf-bytes.ts';
import { executable, temporaryFolder } from './folder.ts';
import { emptyRegistry, saying, V } from './registry.ts';

/** A program for a machine that this one is surely not. */
const FOREIGN = { machine: 22, little: false, loader: '/lib/ld64.so.1' } as const;

describe('registering', () => {
  test('runs a script in an empty folder, stores it and pins it', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const seen = join(folder, 'seen');
    const text = saying('0.5.2', `echo "$1 $(ls -A) $HOME" >${seen}; mkdir .sq`);
    const file = await executable(folder, 'sq', text);
    const added = await addArtifact({ file, version: V, ...registry });
    const sha256 = createHash('sha256').update(text).digest('hex');
    const artifact = { version: V, platform: 'any', sha256, bytes: text.length, origin: file };
    expect(added).toEqual({ artifacts: [artifact], notes: [] });
    expect(await readLockFile(registry.lockFile)).toEqual([artifact]);
    expect(await verifyArtifacts(registry.lockFile, registry.store)).toMatchObject([{ state: 'ok' }]);
    const [argument, listing, home] = (await readFile(seen, 'utf8')).trim().split(' ');
    expect([argument, listing]).toEqual(['version', 'sq']);
    expect(existsSync(home ?? '')).toBe(false);
    expect(existsSync(join(folder, '.sq'))).toBe(false);
  });

  test('takes the platform from the header, and the libphext from the program', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const tail = '/crates/libphext-0.3.3/src/phext.rs';
    const file = await executable(folder, 'sq', elfBytes({ ...FOREIGN, tail }));
    const { artifacts, notes } = await addArtifact({ file, version: V, ...registry });
    expect(artifacts).toMatchObject([{ platform: 'linux-s390x-gnu', libphext: '0.3.3' }]);
    expect(notes).toEqual(['it is for another machine than this one: its version is taken on your word']);
  });

  test('a static program is pinned for either libc, with one file in the store', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', elfBytes({ ...FOREIGN, loader: null }));
    const { artifacts } = await addArtifact({ file, version: V, ...registry });
    expect(artifacts.map(({ platform }) => platform)).toEqual(['linux-s390x-gnu', 'linux-s390x-musl']);
    expect(await readdir(registry.store.dir)).toHaveLength(1);
  });

  test('what 0.5.1 prints is no version: told, not refused', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', saying('usage: sq host PORT'));
    const { notes } = await addArtifact({ file, version: askedVersion('0.5.1'), ...registry });
    expect(notes).toEqual(['SQ 0.5.1 prints no version: taken on your word']);
  });

  test('another binary takes the place of a pinned one only when told to, and says so', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const one = await executable(folder, 'one', saying('0.5.2'));
    const two = await executable(folder, 'two', saying('0.5.2', ':'));
    await addArtifact({ file: one, version: V, ...registry, origin: 'the first' });
    const again = await addArtifact({ file: one, version: V, ...registry, origin: 'again' });
    expect(again).toMatchObject({ artifacts: [{ origin: 'the first' }], notes: [] });
    const before = await readFile(registry.lockFile, 'utf8');
    await expect(addArtifact({ file: two, version: V, ...registry })).rejects.toMatchObject({
      code: 'acknowledgement-missing',
      message: expect.stringMatching(
        /is [0-9a-f]{12}, and SQ 0.5.2 for any is pinned as [0-9a-f]{12} \(the first\)/,
      ),
    });
    expect(await readFile(registry.lockFile, 'utf8')).toBe(before);
    expect(await readdir(registry.store.dir)).toHaveLength(1);
    const { notes } = await addArtifact({ file: two, version: V, ...registry, replace: true });
    expect(notes).toEqual([expect.stringMatching(/^replaces [0-9a-f]{12} for any \(the first\)$/)]);
    expect(await readLockFile(registry.lockFile)).toHaveLength(1);
  });

  test('twelve at once are all pinned', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', saying('0.5.2'));
    const versions = Array.from({ length: 12 }, (_, patch) => askedVersion(`1.0.${patch}`));
    await Promise.all(versions.map((version) => addArtifact({ file, version, ...registry, run: false })));
    const pinned = await readLockFile(registry.lockFile);
    expect(pinned.map(({ version }) => version)).toEqual(versions);
  });

  test('a path of any characters leaves a lock file that can be read', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, `s\u001b[2J\ufffd\u202eq${'ä'.repeat(60)}`, saying('0.5.2'));
    await addArtifact({ file, version: V, ...registry });
    const [artifact] = await readLockFile(registry.lockFile);
    expect(artifact?.origin).toContain('s\\x1b[2J\\ufffd\\u202eqää');
  });

  test('a linked lock file stays a link', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const elsewhere = join(await temporaryFolder(), 'real.lock');
    await writeFile(elsewhere, 'artifacts: []\n');
    await symlink(elsewhere, registry.lockFile);
    const file = await executable(folder, 'sq', saying('0.5.2'));
    await addArtifact({ file, version: V, ...registry });
    expect(await readFile(elsewhere, 'utf8')).toContain('version: 0.5.2');
  });
});

describe('refused, with nothing pinned', () => {
  test.each<[string, string | Buffer, Readonly<Record<string, unknown>>, string]>([
    ['another version', saying('0.5.6'), {}, 'is SQ 0.5.6, and was to be 0.5.2'],
    ['no version', saying('hello'), {}, '`sq version` printed no version: hello'],
    ['a failure', saying('0.5.2', 'echo "no lib\u001b[2J" >&2; exit 3'), {}, 'ended with 3: no lib\\x1b[2J'],
    ['a crash', saying('0.5.2', 'kill -SEGV $$'), {}, 'was killed by SIGSEGV'],
    ['another platform', elfBytes(), { platform: 'linux-aarch64-gnu' }, 'was to be for linux-aarch64-gnu'],
    ['no program', 'hello', {}, 'is no program'],
  ])('%s', async (_, content, more, message) => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', content);
    await expect(addArtifact({ file, version: V, ...registry, ...more })).rejects.toMatchObject({
      code: 'artifact-invalid',
      message: expect.stringContaining(message),
    });
    expect(await readdir(folder)).toEqual(['sq']);
  });

  test('a program that hangs is given up after 20 s, with all it started', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', `#!/bin/sh\nsleep 1000 & echo $! >${folder}/child; wait\n`);
    await expect(addArtifact({ file, version: V, ...registry })).rejects.toMatchObject({
      message: '`sq version` did not end within 20 s',
    });
    const child = (await readFile(join(folder, 'child'), 'utf8')).trim();
    expect(existsSync(`/proc/${child}/exe`) && (await readFile(`/proc/${child}/comm`, 'utf8'))).not.toBe(
      'sleep\n',
    );
  });

  test('what a program leaves running does not hold us up', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', saying('0.5.2', 'sleep 1000 &'));
    await expect(addArtifact({ file, version: V, ...registry })).resolves.toMatchObject({ notes: [] });
  });

  test('no such file, a folder, a pipe that nobody writes to', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const add = (file: string) => addArtifact({ file, version: V, ...registry });
    await expect(add(join(folder, 'sq'))).rejects.toMatchObject({ code: 'artifact-missing' });
    await expect(add(folder)).rejects.toMatchObject({ code: 'artifact-invalid', message: 'is not a file' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(add(join(folder, 'pipe'))).rejects.toMatchObject({ message: 'is not a file' });
  });

  test('a lock file that another one is writing for ever, which is named', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', saying('0.5.2'));
    await writeFile(`${registry.lockFile}.new`, '');
    await expect(addArtifact({ file, version: V, ...registry })).rejects.toMatchObject({
      code: 'state-locked',
      place: `${registry.lockFile}.new`,
    });
    expect(existsSync(`${registry.lockFile}.new`)).toBe(true);
  });

  test('a lock file that cannot be read stays as it is', async () => {
    const { folder, ...registry } = await emptyRegistry();
    const file = await executable(folder, 'sq', saying('0.5.2'));
    await writeFile(registry.lockFile, 'artifacts: 7\n');
    await expect(addArtifact({ file, version: V, ...registry })).rejects.toMatchObject({
      code: 'artifact-invalid',
    });
    expect(await readFile(registry.lockFile, 'utf8')).toBe('artifacts: 7\n');
    expect(existsSync(`${registry.lockFile}.new`)).toBe(false);
  });
});

test('listing and verifying tell what is missing, damaged, or not what the lock file says', async () => {
  const { folder, lockFile, store } = await emptyRegistry();
  const versions = ['1.0.0', '1.0.1', '1.0.2', '1.0.3'].map(askedVersion);
  for (const version of versions) {
    const file = await executable(folder, 'sq', saying(version));
    await addArtifact({ file, version, lockFile, store });
  }
  const [, gone, flipped] = await readLockFile(lockFile);
  if (!gone || !flipped) throw new Error('not pinned');
  await writeFile(store.path(flipped.sha256), 'x');
  execFileSync('rm', [store.path(gone.sha256)]);
  const lying = (await readFile(lockFile, 'utf8')).replace(/(1\.0\.3\n.*\n.*\n +bytes: )\d+/, '$17');
  await writeFile(lockFile, lying);
  const states = await verifyArtifacts(lockFile, store);
  expect(states.map(({ state }) => state)).toEqual(['ok', 'missing', 'corrupt', 'corrupt']);
  expect(states[0]?.detail).toBe('');
  expect(states[2]?.detail).toContain('the stored binary is damaged');
  expect(states[3]?.detail).toMatch(/bytes long, and the lock file says 7/);
  expect((await listArtifacts(lockFile, store)).map(({ present }) => present)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test.each(['0.5', 'latest', '0.5.2\u001b[2J', 'vv0.5.2', ''])('%j is no version', (text) => {
  expect(() => askedVersion(text)).toThrow(expect.objectContaining({ code: 'version-invalid' }));
});
