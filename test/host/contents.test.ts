import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { endsWithin } from '../../src/host/file-end.ts';
import type { UnitCommand } from '../../src/host/unit-script.ts';
import { command, SHELLS, temporaryFolder } from './sh.ts';

describe.each(SHELLS)('%s: contents that deploys replaced', (shell) => {
  const place = async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'sq');
    await writeFile(binary, 'a program');
    const kept = async (name: string, file: string, text = 'an old content') => {
      await mkdir(join(folder, '.ranch', 'content', name), { recursive: true });
      await writeFile(join(folder, '.ranch', 'content', name, file), text);
    };
    const leased = async (verb: UnitCommand, ...args: readonly (string | number)[]) => {
      const [taken] = await command(shell, 'lease', [binary, 'deploy-1', 60]);
      return command(shell, verb, [binary, 'deploy-1', taken?.split('\t')[1] ?? '', ...args]);
    };
    return { folder, binary, kept, leased };
  };

  test('are listed newest first, by phext, also where there was none', async () => {
    const { folder, binary, kept } = await place();
    await kept('900-3-1337', 'a.phext');
    await kept('1000-4-1337', 'a.phext.none', '');
    await kept('1000-4-1337-undeploy', 'a.phext', 'taken back');
    await kept('1001-5-1337', 'b.phext');
    const lines = await command(shell, 'contents', [binary, folder, 'a']);
    expect(lines.map((line) => line.replace(/[0-9a-f]{64}/, 'SHA'))).toEqual([
      'content\t1000-4-1337-undeploy\t10\tSHA\t1000',
      'content\t1000-4-1337\t0\t-\t1000',
      'content\t900-3-1337\t14\tSHA\t900',
    ]);
    expect(await command(shell, 'contents', [binary, folder, '../a'])).toEqual([
      expect.stringMatching('^error\tinternal\t'),
    ]);
  });

  test('one becomes what is put in place next, and a place elsewhere is refused', async () => {
    const { folder, kept, leased } = await place();
    await kept('900-3-1337', 'a.phext');
    await kept('901-4-1337', 'b.phext.none', '');
    expect(await leased('restore-begin', folder, 1)).toEqual([]);
    expect(await leased('restore-take', folder, 'a', '900-3-1337')).toEqual([
      expect.stringMatching(/^put\t[0-9a-f]{64}$/),
    ]);
    expect(await leased('restore-take', folder, 'b', '901-4-1337')).toEqual(['put\t-']);
    expect((await readdir(join(folder, '.ranch', 'restore-1'))).sort()).toEqual(['a.phext', 'b.phext.gone']);
    for (const odd of ['../snapshots', '902-1-1337']) {
      expect(await leased('restore-take', folder, 'a', odd)).toEqual([expect.stringMatching('^error\t')]);
    }
  });

  test('the end of a file says whether it was cut off', async () => {
    const { folder, binary } = await place();
    const end = (name: string) => command(shell, 'file-end', [binary, folder, name]);
    await writeFile(join(folder, 'whole.phext'), 'naïve ✓');
    await writeFile(join(folder, 'empty.phext'), '');
    expect(await end('whole')).toEqual(['tail\t10\t20e29c93']);
    expect(await end('empty')).toEqual(['tail\t0\t']);
    expect(await end('none')).toEqual([]);
  });
});

test.each([
  ['', false],
  ['a', false],
  ['é', false],
  ['✓', false],
  ['𝛑', false],
])('%j ends whole, and not without its last byte', (text, whole) => {
  const bytes = Buffer.from(`before ${text}`);
  expect(endsWithin(bytes.subarray(-4))).toBe(whole);
  if (bytes.length > 8) expect(endsWithin(bytes.subarray(0, -1).subarray(-4))).toBe(true);
});
