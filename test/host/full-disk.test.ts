import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { endAfterTest, FUNCTIONS, runText, SHELLS, stateOf, temporaryFolder, until } from './sh.ts';

/** No file takes a byte more. */
const FULL = 'dd() { return 1; }';

describe.each(SHELLS)('%s: SQ on a disk that takes no more', (shell) => {
  const hush = async (fault: string, lose: number) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '.ranch', 'stopped'), { recursive: true });
    const sq = spawn('sleep', ['600'], { stdio: 'ignore' });
    endAfterTest(sq);
    const pid = sq.pid ?? 0;
    const text = [
      FUNCTIONS,
      fault,
      'd=$1/.ranch bin=$1/sq me=$(id -u) verb=stop lose=$3 why=; sq=$2',
      'keep() { : >"$d/stopped/$1"; }; running() { pid=$sq; start_of "$sq"; }',
      'set -- 1337 "$2" 0 systemd-system sq root "$1" -',
      'hush "$@"; echo "$? $why"',
    ];
    const { out } = await runText(shell, text.join('\n'), [folder, String(pid), String(lose)]);
    return { out, pid, kept: await readdir(join(folder, '.ranch', 'stopped')) };
  };

  test('is not ended: it may hold what the disk did not take', async () => {
    const { out, pid, kept } = await hush(FULL, 0);
    expect(out).toMatch(/^1 unsaved the disk under .* is full/);
    expect(kept).toEqual([]);
    await until(async () => (await stateOf(pid)) !== 'T');
  });

  test('is ended where that was agreed to, or where there is room', async () => {
    for (const [fault, lose] of [
      [FULL, 1],
      ['', 0],
    ] as const) {
      const { out, pid, kept } = await hush(fault, lose);
      expect(out).toBe('0 \n');
      expect(kept).toEqual(['1337']);
      expect(await stateOf(pid)).toBe('T');
    }
  });
});
