import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { UnitCommand } from '../../src/host/unit-script.ts';
import { standIns } from '../lab/stand-in-subject.ts';
import { command, endAfterTest, SHELLS, startTicks, temporaryFolder, until } from './sh.ts';

let built: Awaited<ReturnType<typeof standIns>>;
beforeAll(async () => {
  built = await standIns(['0.5.2']);
});
afterAll(() => rm(built.dir, { recursive: true, force: true }));

/** A server that answers, with its scratch server's port and key. */
async function ask(port: string, path: string, key = '', body?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v2/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body }),
    headers: { connection: 'close', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
  });
  return `${response.status} ${await response.text()}`.trim();
}

/** Everything that runs with a path of that folder among its arguments. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.some((word) => word.startsWith(`${folder}/`)) ? [words.join(' ')] : [];
      } catch {
        return []; // gone meanwhile
      }
    });
}

describe.each(SHELLS)('%s', (shell) => {
  /** A live server on its content, and the lease of its unit. */
  async function place() {
    const folder = await temporaryFolder();
    const [subject] = built.subjects;
    if (!subject) throw new Error('no stand-in');
    const binary = join(folder, 'bin', 'sq');
    const data = join(folder, 'data');
    await mkdir(join(folder, 'bin'));
    await mkdir(data);
    await writeFile(binary, await readFile(subject.binary), { mode: 0o755 });
    await writeFile(join(data, 'a.phext'), 'one\x17two');
    await writeFile(join(data, 'ghost.phext'), '');
    const live = spawn(binary, ['host', '0', '--data-dir', data], {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, RANCH_LAB: 'probe-test' },
    });
    endAfterTest(live);
    const pid = live.pid ?? 0;
    await until(async () => existsSync(join(folder, '.sq')));
    const words = [1337, pid, await startTicks(pid), data];
    const run = (name: UnitCommand, ...args: readonly (string | number)[]) =>
      command(shell, name, [binary, 'check-1', 1, ...args]);
    expect(await command(shell, 'lease', [binary, 'check-1', 60])).toEqual(['lease\t1']);
    onTestFinished(async () => {
      await run('release');
    });
    const begin = async (...how: readonly (string | number)[]) => {
      const answer = await run('probe-begin', ...how, ...words);
      const [, , port = '', key = ''] = answer[0]?.split('\t') ?? [];
      return { answer, port, key };
    };
    return { folder, binary, data, pid, run, begin, kept: join(folder, 'bin', '.ranch') };
  }
  const COPY = ['copy', 'keyed', 'held', 'plain', 'free'] as const;

  test('a scratch server of the program that runs, on a copy, behind a key; the live files stay as they are', async () => {
    const { begin, run, data, folder, kept } = await place();
    const { answer, port, key } = await begin(60, ...COPY);
    expect(answer).toEqual([
      expect.stringMatching(/^scratch\t1337\t\d{5}\t[0-9a-f]{32}$/),
      'copied\t1337\t7\ta.phext',
      'copied\t1337\t0\tghost.phext',
    ]);
    expect(await ask(port, 'version?p=a')).toBe('401 Unauthorized');
    expect(await ask(port, 'version?p=a', key)).toBe('200 0.5.2');
    expect(await ask(port, 'select?p=a&c=1.1.1/1.1.1/1.1.2', key)).toBe('200 two');
    expect(await ask(port, 'update?p=a&c=1.1.1/1.1.1/1.1.2', key, 'other')).toBe('200 Updated 5 bytes');
    expect(await readFile(join(data, 'a.phext'), 'latin1')).toBe('one\x17two');
    expect(await run('release')).toEqual(['released\t1']);
    expect(readdirSync(kept).sort()).toEqual(['log', 'token']);
    await expect.poll(() => processesOf(kept), { timeout: 50_000, interval: 100 }).toEqual([]);
    expect(processesOf(folder)).toHaveLength(1);
  });

  test('is killed and started again on what it left, or on the copy', async () => {
    const { begin, run, kept } = await place();
    const { port, key } = await begin(60, ...COPY);
    const at = 'c=1.1.1/1.1.1/1.1.9';
    await ask(port, `update?p=a&${at}`, key, 'mine');
    const again = async (on: string) => {
      const [line = ''] = await run('probe-again', 1337, on);
      const [, , spare = '', same] = line.split('\t');
      expect(same).toBe(key);
      return spare;
    };
    expect(await ask(await again('left'), `select?p=a&${at}`, key)).toBe('200 mine');
    expect(await ask(await again('copy'), `select?p=a&${at}`, key)).toBe('200');
    expect(processesOf(join(kept, 'scratch')).filter((words) => words.includes(' host '))).not.toEqual([]);
    await expect(ask(port, 'version?p=a', key)).rejects.toThrow();
  });

  test('ends by itself when its time is over, with nobody there to end it', async () => {
    const { begin, kept } = await place();
    const { port, key } = await begin(3, ...COPY);
    const left = () => processesOf(join(kept, 'scratch')).length;
    await expect.poll(left, { timeout: 50_000, interval: 100 }).toBe(0);
    await expect(ask(port, 'version?p=a', key)).rejects.toThrow();
  });

  test('runs open, on nothing, in its working directory', async () => {
    const { begin, kept } = await place();
    const { answer, port } = await begin(60, 'empty', 'open', 'roaming', 'plain', 'free');
    expect(answer).toEqual([expect.stringMatching(/^scratch\t1337\t\d{5}\t$/)]);
    expect(await ask(port, 'update?p=b&c=1.1.1/1.1.1/1.1.1', '', 'open')).toBe('200 Updated 4 bytes');
    expect(await readFile(join(kept, 'scratch/1337/b.phext'), 'utf8')).toBe('open');
  });

  test('is not begun for another process, nor by somebody without the lease', async () => {
    const { run, data, binary, pid } = await place();
    expect(await run('probe-begin', 60, ...COPY, 1337, pid, 1, data)).toEqual([
      expect.stringMatching(/^error\thost-moved\t/),
    ]);
    expect(await command(shell, 'probe-again', [binary, 'check-2', 1, 1337, 'left'])).toEqual([
      expect.stringMatching(/^error\ttoken-stale\t/),
    ]);
  });

  test('lists what is no phext and may be a leftover, and nothing else', async () => {
    const { binary, data } = await place();
    for (const name of [
      'a.phext.json',
      'notes.json',
      'readme',
      '.ranch/snapshots/3-1337/a.phext',
      '.ranch/restore-4/b.phext',
      '.sq/x',
    ])
      await mkdir(join(data, name, '..'), { recursive: true }).then(() => writeFile(join(data, name), ''));
    expect(await command(shell, 'list-litter', [binary, data])).toEqual([
      'entry\ta.phext.json',
      'entry\t.sq',
      'entry\t.ranch/restore-4',
      'entry\t.ranch/snapshots/3-1337',
    ]);
  });
});
