import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

/** Whatever needs space fails, as on a full disk; to rename or to link does not. */
const FULL_DISK = 'cp() { return 1; }\nput() { return 1; }\n';
const OLD = 'the old binary';

async function unit() {
  const folder = await temporaryFolder();
  const binary = join(folder, 'sq');
  await mkdir(join(folder, '.ranch'));
  await writeFile(binary, OLD, { mode: 0o751 });
  await writeFile(join(folder, 'new'), 'the new binary');
  return { folder, binary };
}

describe.each(SHELLS)('%s', (shell) => {
  const run = (lines: string, binary: string) => runText(shell, `${FUNCTIONS}\n${lines}`, [binary]);
  const SWITCH = 'open_unit "$1"; sum "$bin"; a_old=$sum; keep_back && mv "$bindir/new" "$bin"\n';

  test('the way back needs no space, and it is the very file', async () => {
    const { binary } = await unit();
    const before = await stat(binary);
    const { out } = await run(`${SWITCH}cat "$bin"\n${FULL_DISK}go_back && echo " is gone"`, binary);
    expect(out).toBe('the new binary is gone\n');
    expect(await readFile(binary, 'utf8')).toBe(OLD);
    const { ino, mode } = await stat(binary);
    expect([ino, mode]).toEqual([before.ino, before.mode]);
  });

  test('twice is once', async () => {
    const { binary } = await unit();
    const { out } = await run(`${SWITCH}keep_back && go_back && go_back && echo well`, binary);
    expect(out).toBe('well\n');
    expect(await readFile(binary, 'utf8')).toBe(OLD);
  });

  test('what was kept is not taken for what it is not: then it is a copy of the release, or a word', async () => {
    const { folder, binary } = await unit();
    const { out } = await run(`${SWITCH}echo other >"$d/back"; go_back || echo "cannot"`, binary);
    expect(out).toBe('cannot\n');
    expect(await readFile(binary, 'utf8')).toBe('the new binary');
    await writeFile(join(folder, 'saved'), OLD);
    const release =
      'open_unit "$1"; sum "$bindir/saved"; a_old=$sum; adopt_release "$bindir/saved" "$sum"; go_back && echo back';
    expect((await run(release, binary)).out).toBe('back\n');
    expect(await readFile(binary, 'utf8')).toBe(OLD);
  });
});
