import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

const OPEN = 'open_unit "$1"; check_lease() { :; }\n';

async function unit() {
  const folder = await temporaryFolder();
  const scratch = join(folder, '.ranch', 'scratch', '1337');
  await mkdir(scratch, { recursive: true });
  return { binary: join(folder, 'sq'), scratch };
}

describe.each(SHELLS)('%s', (shell) => {
  const run = (lines: string, binary: string, input = '') =>
    runText(shell, `${FUNCTIONS}\n${OPEN}${lines}`, [binary], input);

  test('a file is read with its bytes, and one that is not there gives nothing', async () => {
    const { binary, scratch } = await unit();
    await writeFile(join(scratch, 'odd é.phext'), Buffer.from([0x61, 0xff, 0x17, 0x0a]));
    const { out } = await run("probe_read h 1 1337 'odd é.phext'; probe_read h 1 1337 none", binary);
    expect(out).toMatch(/^file\t\d+\t\d+\t61ff170a\n$/);
  });

  test('a file that is put is whole and old, so that a later write shows', async () => {
    const { binary, scratch } = await unit();
    await writeFile(join(scratch, 'gone'), '');
    const lines = 'probe_put h 1 1337 x.phext; probe_block h 1 1337 y; probe_remove h 1 1337 gone';
    const { out } = await run(lines, binary, 'a\x17b');
    expect(out).toMatch(/^put\t9\d{8}\nblocked\nremoved\n$/);
    await expect(stat(join(scratch, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(join(scratch, 'x.phext'), 'utf8')).toBe('a\x17b');
    expect((await stat(join(scratch, 'x.phext'))).mtime.getFullYear()).toBe(2000);
    expect((await stat(join(scratch, 'y'))).isDirectory()).toBe(true);
  });

  test.each(['a/b', '../../x', '../a/b', '..', '/etc/passwd'])(
    '%s is no file of a scratch server',
    async (name) => {
      const { binary } = await unit();
      const { out } = await run(`probe_read h 1 1337 '${name}'`, binary);
      expect(out).toMatch(/^error\tinternal\tno file of a scratch server/);
    },
  );

  test('a program in machine code is told from a script', async () => {
    const { binary } = await unit();
    await writeFile(binary, '#!/bin/sh\n');
    const { out } = await run('is_elf /bin/sh && echo elf; is_elf "$bin" || echo script', binary);
    expect(out).toBe('elf\nscript\n');
  });

  test('a bound holds for what is started, and no bound changes nothing', async () => {
    const { binary } = await unit();
    const { out } = await run(
      'bound=; (within_bound && ulimit -v); bound=1500000; (within_bound && ulimit -v)',
      binary,
    );
    expect(out).toBe('unlimited\n1500000\n');
  });
});
