import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabHostSpec } from '../../src/lab/lab-spec.ts';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { normaliser, told } from './script.ts';

const folder = (name: string) => ({ kind: 'folder', name }) as const;

/** One of each kind that differs in what the commands tell; the rest is alike. */
const HOSTS: readonly LabHostSpec[] = [
  oldHost('aurora-continuum', { tags: ['canary'], sentinel: 'Phex' }),
  oldHost('halcyon-vector', {
    instances: [
      { phext: 'cyon', data: folder('main'), bytes: 4_000 },
      { phext: 'relay', data: folder('relay'), bytes: 4_000 },
    ],
  }),
  oldHost('chrysalis-hub', { version: '0.5.2', otherBinary: true }),
  oldHost('aletheia-core', { expect: 'absent' }),
  oldHost('mirrorborn.us', { zone: 'aws', after: ['lan'] }),
];

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd(HOSTS);
});
afterAll(async () => {
  await herd.close();
});

/** The main job as a user does it, from the first look to the last. One host at a time, so that events have an order. */
const SCRIPT = [
  'check',
  'status',
  'plan 0.5.2',
  'artifact add {SQ} --version 0.5.2',
  'artifact list',
  'artifact verify',
  'sweep',
  'drift --exit-code',
  'hold chrysalis-hub --until 2030-01-01T00:00:00Z',
  'plan v0.5.2 --bake 0 --max-parallel 1 -o {PLAN}',
  'rollout --plan {PLAN}',
  'rollout --plan {PLAN} --yes',
  'rollout --plan {PLAN} --yes',
  'sweep',
  'status',
  'hold chrysalis-hub --until 2020-01-01',
  'rollout 0.5.2 --yes --bake 0 --max-parallel 1 -q',
  'rollout 0.5.2 --yes',
  'drift --exit-code',
  'history',
  'show',
  'rollback r-nosuch --yes',
  'rollback --yes --bake 0 --max-parallel 1 --hosts mirrorborn.us',
  'sweep --tags canary',
  'sweep --hosts mirrorborn.us',
  'rollback --dry-run --hosts mirrorborn.us',
  'history -n 1',
  'forget aletheia-core',
  'forget aletheia-core',
  'check',
];

it('the main job, command by command, as main-job.txt tells it', async () => {
  const normal = normaliser(herd);
  const out: string[] = [];
  for (const line of SCRIPT) {
    const words = line
      .replace('{SQ}', herd.program('0.5.2'))
      .replace('{PLAN}', join(herd.dir, 'plan.json'))
      .split(' ');
    out.push(told(line, await herd.ranch(words), normal));
  }
  await expect(out.join('\n')).toMatchFileSnapshot('./main-job.txt');
});
