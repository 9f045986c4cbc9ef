import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

describe.each(SHELLS)('%s', (shell) => {
  test.each([
    ['as it was', { a: 800, b: 16 }, 'whole'],
    ['grown', { a: 900, b: 17 }, 'whole'],
    ['less by an eighth', { a: 700, b: 14 }, 'whole'],
    ['less by more than that', { a: 699, b: 16 }, 'shrunk'],
    ['the second of two', { a: 800, b: 3 }, 'shrunk'],
    ['empty', { a: 0, b: 16 }, 'shrunk'],
    ['gone', { b: 16 }, 'shrunk'],
  ])('a phext of which the proof had 800 bytes, and another: %s', async (_name, sizes, expected) => {
    const folder = await temporaryFolder();
    const data = join(folder, 'data');
    await mkdir(join(folder, '.ranch/proven'), { recursive: true });
    await mkdir(data);
    await writeFile(join(folder, '.ranch/proven/1337'), '800 a.phext\n16 b.phext\n');
    for (const [name, size] of Object.entries(sizes))
      await writeFile(join(data, `${name}.phext`), Buffer.alloc(size, 'x'));
    const lines =
      'open_unit "$1"; shrunk 1337 "$2" && echo shrunk || echo whole; shrunk 1338 "$2" || echo unproven';
    const { out } = await runText(shell, `${FUNCTIONS}\n${lines}`, [join(folder, 'sq'), data]);
    expect(out).toBe(`${expected}\nunproven\n`);
  });
});
