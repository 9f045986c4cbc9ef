import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LabMember } from '../../../src/lab/lab-member.ts';
import { type Herd, makeHerd } from '../../cli/herd.ts';
import { type Told, toldIn } from '../told.ts';

const DATA = { kind: 'folder', name: 'sq' } as const;

/** A limit for what hangs: a host is asked some four hundred requests, and its scratch server is started a dozen times. */
vi.setConfig({ testTimeout: 600_000 });

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([
    {
      name: 'stable',
      version: '0.5.2',
      instances: [{ phext: 'relay', data: DATA, bytes: 40_000, key: true }],
    },
    { name: 'open', version: '0.5.6', instances: [{ phext: 'relay', data: DATA, bytes: 4_000 }] },
    {
      name: 'between',
      version: '0.5.4',
      instances: [{ phext: 'relay', data: DATA, bytes: 4_000, key: true }],
    },
    { name: 'old', version: '0.5.1', instances: [{ phext: 'relay', data: DATA, bytes: 4_000, key: true }] },
  ]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.1'), '--version', '0.5.1']);
});
afterAll(() => herd.close());

async function validate(...argv: readonly string[]) {
  const ended = await herd.ranch(['validate', '--json', ...argv]);
  const told = toldIn(ended.stdout);
  const names = (which: (each: Told) => boolean) =>
    told.filter(which).map(({ check }) => check.replace('validate ', ''));
  return {
    ...ended,
    told,
    bad: names(({ ok }) => !ok),
    hazards: names(({ ok, severity }) => ok && severity !== 'info'),
  };
}

/** Every file of a host's data folder with its content, and what lies beside its binary. */
async function left(member: LabMember): Promise<readonly string[]> {
  const folder = join(dirname(member.home), 'data', 'sq');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.phext')).toSorted();
  const sums = files.map(
    async (name) =>
      `${name} ${createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex')}`,
  );
  return await Promise.all(sums);
}

it('a healthy 0.5.2 with key and data directory has no failed check, and its known hazards are told', async () => {
  const before = await left(herd.lab.host('stable'));
  const standing = await herd.standing();
  const { bad, exitCode, hazards, told, stderr } = await validate('stable');
  expect({ bad, exitCode }, stderr).toEqual({ bad: [], exitCode: 0 });
  expect(hazards).toEqual(
    expect.arrayContaining([
      'endless-loop',
      'poison-utf-8',
      'poison-name',
      'traversal',
      'evicted',
      'garbage',
    ]),
  );
  expect(hazards).not.toContain('poison-toc');
  expect(told.find(({ check }) => check === 'validate build')?.got).toBe(
    '0.5.2 (libphext 0.3.3), by what it does',
  );
  expect(told.find(({ check }) => check === 'validate content')?.got).toMatch(
    /^relay: \d+ scrolls, \d+ bytes; toc/,
  );
  expect(await left(herd.lab.host('stable'))).toEqual(before);
  expect(await herd.standing()).toEqual(standing);
});

it('a server without a key is told, and has other hazards as 0.5.6', async () => {
  const { bad, exitCode, hazards, stderr } = await validate('open');
  expect({ bad, exitCode }, stderr).toEqual({ bad: ['key'], exitCode: 1 });
  expect(hazards).not.toContain('endless-loop');
  expect(hazards).toContain('http-1.0');
});

it('0.5.4, which is not among those that CI tries, is held against itself', async () => {
  const { bad, exitCode, hazards, told, stderr } = await validate('between');
  expect({ bad, exitCode }, stderr).toEqual({ bad: [], exitCode: 0 });
  expect(hazards).toContain('poison-get');
  for (const mended of ['endless-loop', 'empty-text', 'poison-name']) expect(hazards).not.toContain(mended);
  expect(told.find(({ check }) => check === 'validate build')).toMatchObject({ ok: true, severity: 'info' });
});

it('0.5.1 is asked on scratch servers alone, and its ghost writes are found there', async () => {
  const before = await left(herd.lab.host('old'));
  const { bad, exitCode, hazards, stderr } = await validate('old');
  expect({ bad, exitCode }, stderr).toEqual({ bad: [], exitCode: 0 });
  expect(hazards).toEqual(
    expect.arrayContaining(['ghost-write', 'scan-ends-it', 'key-in-log', 'one-at-a-time']),
  );
  expect(await left(herd.lab.host('old'))).toEqual(before);
});
