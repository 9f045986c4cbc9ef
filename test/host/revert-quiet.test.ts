import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { endAfterTest, FUNCTIONS, runText, SHELLS, startTicks, stateOf, temporaryFolder } from './sh.ts';

const WRITER = fileURLToPath(new URL('phext-writer.cjs', import.meta.url));

async function writer(...words: string[]): Promise<{ child: ChildProcess; file: string }> {
  const file = join(await temporaryFolder(), 'live.phext');
  const child = spawn(process.execPath, [WRITER, file, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  endAfterTest(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
  return { child, file };
}

describe.each(SHELLS)('%s: going back', (shell) => {
  /** The way back of one bare instance, which that process serves; one second is all its patience. */
  async function goBack(child: ChildProcess): Promise<string> {
    const pid = child.pid ?? 0;
    const lines = `
      running() { start_of ${pid} || return 1; pid=${pid}; }
      running_sum() { sum=new; }
      takes_more() { return 0; }
      start_instance() { pid=7 start=7; }
      record_instance() { :; }
      a_old=old why='' patience=1
      revert_instance 1337 ${pid} ${await startTicks(pid)} bare - "$(id -un)" /data
      echo "why: $why"`;
    return (await runText(shell, `${FUNCTIONS}\n${lines}`)).out;
  }

  test('ends no server that has a phext file open all the time: it goes on, and that is told', async () => {
    const { child } = await writer('held');
    expect(await goBack(child)).toMatch(/^why: never-quiet SQ on port 1337 never stopped writing/m);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    expect(await stateOf(child.pid ?? 0)).not.toBe('T');
  });

  test('ends one that writes at a moment when its file is whole', async () => {
    const { child, file } = await writer();
    const ended = once(child, 'close');
    expect(await goBack(child)).toMatch(/^reverted\t1337\t7\t7\tnew\nwhy: $/m);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await readFile(file, 'utf8')).toBe('first half, second half');
  });
});
