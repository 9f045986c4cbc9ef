import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askedRollout } from '../../src/app/asked-rollout.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranch-asked-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

test('a version is asked for with what was given', async () => {
  expect(await askedRollout({ version: 'v0.5.2' }, { bakeSeconds: 3 })).toEqual({
    version: '0.5.2',
    options: { bakeSeconds: 3 },
  });
});

test('a playbook gives version and options; what is given on the command line comes first', async () => {
  const playbook = await fileOf(
    'all.yaml',
    'kind: rollout\nversion: 0.5.2\ntags: [lan]\noptions: { canary: 2, bakeSeconds: 60, onFailure: all }\n',
  );
  expect(await askedRollout({ playbook }, { bakeSeconds: 0, hosts: ['lilly'] })).toEqual({
    version: '0.5.2',
    options: {
      tags: ['lan'],
      canary: { kind: 'count', count: 2 },
      onFailure: 'all',
      bakeSeconds: 0,
      hosts: ['lilly'],
    },
  });
});

test('a playbook of another kind is told what runs it', async () => {
  const playbook = await fileOf('look.yaml', 'kind: sweep\n');
  await expect(askedRollout({ playbook }, {})).rejects.toMatchObject({
    code: 'usage',
    place: playbook,
    remedy: expect.stringContaining('`ranch sweep`'),
  });
});

test('no such playbook, and one that is wrong, are told by their file', async () => {
  const missing = join(folder, 'none.yaml');
  await expect(askedRollout({ playbook: missing }, {})).rejects.toMatchObject({
    code: 'usage',
    place: missing,
  });
  const wrong = await fileOf('wrong.yaml', 'kind: rollout\nversion: 0.5\n');
  await expect(askedRollout({ playbook: wrong }, {})).rejects.toMatchObject({ code: 'playbook-invalid' });
});
