import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

const BINARY = '#!/bin/sh\necho 0.5.1\n';
const INPUT = '#!/bin/sh\necho 0.5.2\n';
const shaOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Another takes the lease while what a command reads from standard input is on its way, and lets go of it again. */
const TAKEN = [
  'taken() ( rm -rf "$d/lease" && lease r-2 600 && release r-2 2 ) >"$bindir/taken"',
  'dd() { command dd "$@" && taken; }',
  'cat() { command cat "$@" && taken; }',
];

describe.each(SHELLS)('%s: a controller that stood still while it sent what a command reads', (shell) => {
  /** What the commands say, and what lies beside the binary afterwards. */
  async function stale(
    ...lines: readonly string[]
  ): Promise<readonly [said: string, left: readonly string[]]> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/sq'), BINARY, { mode: 0o755 });
    const text = [FUNCTIONS, 'open_unit "$1"', 'lease r-1 600 >&2', ...lines].join('\n');
    const ran = await runText(shell, text, [join(folder, 'bin/sq')], INPUT);
    expect(await readFile(join(folder, 'bin/taken'), 'utf8')).toBe('lease\t2\nreleased\t1\n');
    return [ran.out, await readdir(join(folder, 'bin/.ranch'))];
  }
  const refused = expect.stringMatching(/^error\ttoken-stale\t[^\n]*\nend\n$/);

  test('adds no release', async () => {
    const put = `stage r-1 1 ${shaOf(INPUT)} ${INPUT.length} put`;
    expect(await stale(...TAKEN, put)).toEqual([refused, ['log', 'token']]);
  });

  test('arms nothing', async () => {
    const adopted = `adopt_release "$1" ${shaOf(BINARY)} && cp "$release" "$bin"`;
    const armed = `arm r-1 1 ${shaOf(BINARY)} ${shaOf(BINARY)} 60`;
    expect(await stale(adopted, ...TAKEN, armed)).toEqual([refused, ['log', 'releases', 'token']]);
  });

  test('stops nothing', async () => {
    expect(await stale(...TAKEN, 'maintain r-1 1 stop 0 0')).toEqual([refused, ['log', 'token']]);
  });
});
