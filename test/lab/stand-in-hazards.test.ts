import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ORIGIN } from '../../src/sq/coordinate.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import { encodeRequest } from '../../src/sq/wire.ts';
import { exchange } from '../real-sq/exchange.ts';
import { RunningSq } from '../real-sq/subject.ts';
import { standIns } from './stand-in-subject.ts';

const { dir, subjects } = await standIns(['0.5.2']);
afterAll(() => rm(dir, { recursive: true, force: true }));
const [subject] = subjects;
if (subject === undefined) throw new Error('no stand-in');

test('a kill in the middle of a write leaves half a file', async () => {
  const sq = await RunningSq.start(subject, undefined, { RANCH_LAB_WRITE_MS: '60000' });
  const file = join(sq.dataDir, 'torn.phext');
  try {
    void exchange(sq.port, encodeRequest(updateRequest({ phext: 'torn' }, ORIGIN, 'x'.repeat(1000))));
    await expect.poll(async () => (await readFile(file).catch(() => '')).length).toBe(500);
    expect(await openPhexts(sq.pid)).toEqual([file]);
    await sq.kill();
    expect(await readFile(file, 'utf8')).toBe('x'.repeat(500));
  } finally {
    await sq.stop();
  }
});

test('the running script can be read after another was put in its place', async () => {
  const sq = await RunningSq.start(subject);
  const program = await readFile(subject.binary, 'utf8');
  try {
    await writeFile(`${subject.binary}.new`, program.replace('0.5.2', '0.5.6'), { mode: 0o755 });
    await rename(`${subject.binary}.new`, subject.binary);
    const held = await heldBy(sq.pid, (path) => path === `${subject.binary} (deleted)`);
    expect(held).toHaveLength(1);
    expect(await readFile(`/proc/${sq.pid}/fd/${held[0]}`, 'utf8')).toBe(program);
    expect(sq.cli('version').stdout).toBe('0.5.6\n');
  } finally {
    await sq.stop();
    await writeFile(subject.binary, program);
  }
});

test('the program runs under a package.json of either type', async () => {
  for (const type of ['module', 'commonjs']) {
    const home = join(dir, type);
    await mkdir(home);
    await writeFile(join(home, 'package.json'), JSON.stringify({ type }));
    await writeFile(join(home, 'sq'), await readFile(subject.binary), { mode: 0o755 });
    const ran = spawnSync(join(home, 'sq'), ['version'], { cwd: home, encoding: 'utf8' });
    expect(ran).toMatchObject({ stdout: '0.5.2\n', stderr: '', status: 0 });
  }
});

/** Descriptors of a process whose path fits. */
async function heldBy(pid: number, fits: (path: string) => boolean): Promise<readonly string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const paths = await Promise.all(
    descriptors.map((each) => readlink(`/proc/${pid}/fd/${each}`).catch(() => '')),
  );
  return descriptors.filter((_, index) => fits(paths[index] ?? ''));
}

async function openPhexts(pid: number): Promise<readonly string[]> {
  const held = await heldBy(pid, (path) => path.endsWith('.phext'));
  return await Promise.all(held.map((each) => readlink(`/proc/${pid}/fd/${each}`)));
}
