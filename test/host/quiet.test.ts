import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  endAfterTest,
  FUNCTIONS,
  runText,
  SCOPED,
  SHELLS,
  startTicks,
  stateOf,
  temporaryFolder,
  until,
} from './sh.ts';

// Real processes on a machine that others use as well.
const WRITER = fileURLToPath(new URL('./phext-writer.cjs', import.meta.url));
const WHOLE = 'first half, second half';
/** Each stop finds the file open with a chance of two in three. */
const ROUNDS = 8;

/** A real process that writes a phext as SQ does. */
async function writer(folder: string, mode: 'busy' | 'held' = 'busy') {
  const file = join(folder, 'live.phext');
  const args = [WRITER, file, ...(mode === 'held' ? ['held'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: SCOPED });
  endAfterTest(child);
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  return { child, file, pid, start: await startTicks(pid) };
}

test('killed at any moment, such a file is torn: the control of what follows', async () => {
  let torn = false;
  // By chance: as often as it takes.
  while (!torn) {
    const { child, file } = await writer(await temporaryFolder());
    child.kill('SIGKILL');
    await once(child, 'close');
    torn = (await readFile(file, 'utf8')) !== WHOLE;
  }
  expect(torn).toBe(true);
});

describe.each(SHELLS)('%s', (shell) => {
  const run = (lines: string, args: readonly (string | number)[]) =>
    runText(shell, `${FUNCTIONS}\n${lines}`, args.map(String));

  test('freezes at a moment when no phext is open; killed then, nothing is torn', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { child, file, pid, start } = await writer(await temporaryFolder());
      const { out } = await run('freeze "$1" "$2" && echo frozen', [pid, start]);
      expect([out, await stateOf(pid)]).toEqual(['frozen\n', 'T']);
      expect(await readFile(file, 'utf8')).toBe(WHOLE);
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(await readFile(file, 'utf8')).toBe(WHOLE);
    }
  });

  test('gives up on a process that is never quiet, and lets it run on', async () => {
    const { pid, start } = await writer(await temporaryFolder(), 'held');
    const { out } = await run('QUIET_TRIES=5; freeze "$1" "$2" || echo "not after $tries"', [pid, start]);
    expect(out).toBe('not after 5\n');
    await until(async () => (await stateOf(pid)) !== 'T');
  });

  test('does not take another process for the one that was seen', async () => {
    const { pid, start } = await writer(await temporaryFolder());
    const { out } = await run('freeze "$1" "$2" || echo refused', [pid, Number(start) + 1]);
    expect(out).toBe('refused\n');
    expect(await stateOf(pid)).not.toBe('T');
  });

  test('copies whole files from under a writer, which then goes on', async () => {
    const folder = await temporaryFolder();
    const { pid, start } = await writer(folder);
    for (let round = 0; round < ROUNDS; round++) {
      const to = join(folder, `copy-${round}`);
      // The writer rests for less of its time than SQ does, and a busy machine tries seldom: more time than a host gives.
      const copy = 'GUARD_SECONDS=200; copy_quietly 1337 "$1" "$2" "$3" "$4"; echo done';
      const { out } = await run(copy, [pid, start, folder, to]);
      expect(out).toBe('done\n');
      expect(await readFile(join(to, 'live.phext'), 'utf8')).toBe(WHOLE);
      await until(async () => (await stateOf(pid)) !== 'T');
    }
  });

  test('a script that dies while SQ is frozen leaves a guard that thaws it', async () => {
    const { pid, start } = await writer(await temporaryFolder());
    const { out } = await run(
      'GUARD_SECONDS=10; guard "$1" "$2"; freeze "$1" "$2" && echo frozen; kill -KILL $$',
      [pid, start],
    );
    expect(out).toBe('frozen\n');
    await until(async () => (await stateOf(pid)) !== 'T');
  });

  test('no freeze begins when its guard is about to be spent: nobody would end it', async () => {
    const { pid, start } = await writer(await temporaryFolder());
    const { out } = await run(
      'GUARD_SECONDS=1; guard "$1" "$2"; freeze "$1" "$2" && echo frozen; echo $tries; unguard; freeze "$1" "$2" && echo frozen; kill -CONT "$1"',
      [pid, start],
    );
    expect(out).toBe('0\nfrozen\n');
    expect(await stateOf(pid)).not.toBe('T');
  });

  test('copies all phexts and nothing else, into a place that is its owner’s alone', async () => {
    const folder = await temporaryFolder();
    const from = join(folder, 'from');
    await mkdir(from);
    for (const name of ['a.phext', 'with a blank.phext', '-n.phext', 'notes.txt'])
      await writeFile(join(from, name), name);
    const to = join(folder, 'to');
    await mkdir(to);
    await writeFile(join(to, 'old.phext'), 'of an earlier copy');
    expect((await run('copy_phexts "$1" "$2" && echo copied', [from, to])).out).toBe('copied\n');
    expect((await readdir(to)).sort()).toEqual(['-n.phext', 'a.phext', 'with a blank.phext']);
    expect((await stat(to)).mode & 0o777).toBe(0o700);
  });

  test('a folder without phexts is an empty copy', async () => {
    const folder = await temporaryFolder();
    const { out } = await run('copy_phexts "$1" "$1/to" && echo copied', [folder]);
    expect([out, await readdir(join(folder, 'to'))]).toEqual(['copied\n', []]);
  });
});
