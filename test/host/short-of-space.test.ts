import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, SHELLS, temporaryFolder } from './sh.ts';

const NEW = '#!/bin/sh\necho the new one\n';
const SHA = createHash('sha256').update(NEW).digest('hex');
/** More than any disk has, in kilobytes. */
const TOO_MUCH = '900000000000000';

describe.each(SHELLS)('%s: what was sent to a host', (shell) => {
  const place = async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'sq');
    await writeFile(binary, '#!/bin/sh\necho the old one\n');
    await chmod(binary, 0o755);
    const [taken] = await command(shell, 'lease', [binary, 'r-1', 60]);
    const lease = [binary, 'r-1', taken?.split('\t')[1] ?? ''];
    await command(shell, 'stage', [...lease, SHA, NEW.length, 'check']);
    await command(shell, 'stage', [...lease, SHA, NEW.length, 'put'], NEW);
    const releases = () => readdir(join(folder, '.ranch', 'releases'));
    const refuse = async () => {
      const said = await command(shell, 'restore-begin', [...lease, folder, TOO_MUCH]);
      expect(said[0]).toMatch(/^error\tdisk-full\t/);
    };
    return { folder, binary, lease, releases, refuse };
  };

  test('goes when it is let go of, where there was no room for what came after', async () => {
    const { folder, lease, releases, refuse } = await place();
    expect(await releases()).toContain(SHA.slice(0, 12));
    await refuse();
    await command(shell, 'release', lease);
    expect(await releases()).toHaveLength(1);
    expect(await releases()).not.toContain(SHA.slice(0, 12));
    expect(await readFile(join(folder, '.ranch', 'log'), 'utf8')).toContain(`dropped ${SHA}`);
  });

  test('finds no copy of the live binary where it has no room itself', async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'sq');
    await writeFile(binary, '#!/bin/sh\necho the old one\n', { mode: 0o755 });
    const [taken] = await command(shell, 'lease', [binary, 'r-1', 60]);
    const lease = [binary, 'r-1', taken?.split('\t')[1] ?? ''];
    const said = await command(shell, 'stage', [...lease, SHA, TOO_MUCH, 'check']);
    expect(said[0]).toMatch(/^error\tdisk-full\t/);
    await expect(readdir(join(folder, '.ranch', 'releases'))).rejects.toThrow('ENOENT');
  });

  test('stays where there was room', async () => {
    const { lease, releases } = await place();
    await command(shell, 'release', lease);
    expect(await releases()).toContain(SHA.slice(0, 12));
  });

  test('stays where it is what runs or what was confirmed before', async () => {
    const live = await place();
    await writeFile(live.binary, NEW);
    const confirmed = await place();
    await writeFile(join(confirmed.folder, '.ranch', 'previous'), `${SHA} r-0\n`);
    for (const { lease, releases, refuse } of [live, confirmed]) {
      await refuse();
      await command(shell, 'release', lease);
      expect(await releases()).toContain(SHA.slice(0, 12));
    }
  });
});
