import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

/** As root, on a host whose binary's folder can be written by now: what a start looks for. */
const START = `${FUNCTIONS}
me=0 ROOTS_PLACE=$2
place=$ROOTS_PLACE/$(printf %s "$1" | cksum | tr ' ' -)
mkdir -p "$place/stopped" && printf '#\\tbare\\t-\\tranch\\t0\\t-\\t/data\\t-\\n' >"$place/stopped/1337" && eval "$3"
open_unit "$1"
if kept 1337; then echo "$k_kind of $k_user in $k_dir"; else echo none; fi
ls "$place/stopped"`;

describe.each(SHELLS)('%s: what a stop kept while the binary’s folder was read-only', (shell) => {
  const place = async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'bin', 'sq');
    await mkdir(join(folder, 'bin'));
    await writeFile(binary, '#!/bin/sh\n', { mode: 0o755 });
    return { binary, roots: join(folder, 'roots'), kept: join(folder, 'bin', '.ranch', 'stopped') };
  };

  test('is found once it can be written, and lies in one place', async () => {
    const { binary, roots, kept } = await place();
    const { out, errors } = await runText(shell, START, [binary, roots, ':']);
    expect(out + errors).toBe('bare of ranch in /data\n');
    expect(await readdir(kept)).toEqual(['1337']);
    expect((await stat(kept)).mode & 0o777).toBe(0o700);
    expect((await stat(join(kept, '1337'))).mode & 0o777).toBe(0o600);
  });

  test('stays where it is while the stop itself is under way', async () => {
    const { binary, roots } = await place();
    const { out } = await runText(shell, START, [binary, roots, 'mkdir "$place/lease"']);
    expect(out).toBe('none\n1337\n');
  });
});
