import { readdirSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Herd, makeHerd } from '../../cli/herd.ts';
import { toldIn } from '../told.ts';

let herd: Herd;
beforeAll(async () => {
  const data = { kind: 'folder', name: 'sq' } as const;
  herd = await makeHerd([
    { name: 'stable', version: '0.5.2', instances: [{ phext: 'relay', data, bytes: 20_000, key: true }] },
    { name: 'old', version: '0.5.1', instances: [{ phext: 'relay', data, bytes: 4_000 }] },
  ]);
});
afterAll(() => herd.close());

async function integrity(...argv: readonly string[]) {
  const ended = await herd.ranch(['integrity', '--json', ...argv]);
  const told = toldIn(ended.stdout);
  const of = (check: string) => told.filter((one) => one.check === `integrity ${check}`);
  return { ...ended, told, of, bad: told.filter(({ ok }) => !ok).map(({ check }) => check) };
}

const dataOf = (host: string) => herd.lab.host(host).instances[0]?.dataDir ?? '';

test('a healthy server keeps what it is given, and the live one is left as it was', async () => {
  const file = join(dataOf('stable'), 'relay.phext');
  const before = await readFile(file);
  const { exitCode, stderr, told, bad } = await integrity('stable', '--kills', '1', '--seed', 'lab');
  expect(bad).toEqual([]);
  expect(exitCode, stderr).toBe(0);
  expect(told.map(({ check }) => check.replace('integrity ', ''))).toEqual([
    'files',
    'orphans',
    'memory',
    'writers',
    'restart',
    'empty text',
    'sequences',
    'coordinates',
    'kills',
    'scratch',
  ]);
  expect(told.find(({ check }) => check === 'integrity sequences')?.got).toMatch(/\(seed lab\)$/);
  expect(await readFile(file)).toEqual(before);
  expect(readdirSync(dataOf('stable'))).toEqual(['relay.phext']);
  const kept = join(dirname(herd.lab.host('stable').binary ?? ''), '.ranch');
  expect(readdirSync(kept).sort()).toEqual(['log', 'token']);
});

test('0.5.1 is not asked: its file is not even touched, and is looked at all the same', async () => {
  const file = join(dataOf('old'), 'relay.phext');
  const before = await stat(file);
  const { exitCode, of } = await integrity('old', '--kills', '0');
  expect(exitCode).toBe(0);
  expect(of('memory')).toMatchObject([
    { ok: true, got: 'not asked: a request to 0.5.1 or older rewrites its file' },
  ]);
  expect(of('files')).toMatchObject([{ ok: true, got: expect.stringMatching(/^1 phexts, \d+ scrolls/) }]);
  expect(of('kills')).toEqual([]);
  expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
});

test('damage fails the check, litter is told; neither is changed', async () => {
  const folder = dataOf('stable');
  await writeFile(join(folder, 'clamped.phext'), `${'\x17'.repeat(998)}first\x17second`);
  await writeFile(join(folder, 'bad.phext'), Buffer.from([0xff, 0xfe]));
  await writeFile(join(folder, 'ghost.phext'), '');
  await writeFile(join(folder, 'relay.phext.json'), '[]');
  const before = readdirSync(folder);
  const { exitCode, of } = await integrity('stable', '--kills', '0');
  expect(exitCode).toBe(1);
  expect(of('file').map(({ severity, got }) => `${severity} ${got}`)).toEqual([
    'critical bad.phext: it is not UTF-8',
    'critical clamped.phext: 1 places with two texts, the first 1.1.1/1.1.1/1.1.999; 1 breaks beyond 999',
  ]);
  expect(of('orphans')).toMatchObject([
    { ok: true, severity: 'low', got: expect.stringMatching(/2 in .*: ghost\.phext, relay\.phext\.json/) },
  ]);
  expect(readdirSync(folder)).toEqual(before);
});
