import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildStandIn } from '../../scripts/stand-in.mjs';
import { addArtifact } from '../../src/app/artifacts/add-artifact.ts';
import { ArtifactStore } from '../../src/app/artifacts/artifact-store.ts';
import { systemClock } from '../../src/app/system.ts';
import { versionOf } from '../../src/app/target.ts';
import type { LabHostSpec } from '../../src/lab/lab-spec.ts';
import { openStore } from '../../src/store/open.ts';
import { labHost, makeWorld, type World } from './world.ts';

const ROLLOUT =
  'kind: rollout\nversion: 0.5.2\noptions: { bakeSeconds: 0, maxParallel: 1 }\nschedule: { cron: "* * * * * *" }\n';

let dir: string;
let standIn: string;
let world: World;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ranch-stand-in-'));
  standIn = join(dir, 'stand-in.js');
  await buildStandIn(standIn);
});
afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(() => world.close());

async function makeRanch(hosts: readonly LabHostSpec[]): Promise<void> {
  world = await makeWorld(hosts, standIn);
  const { lab } = world;
  await addArtifact({
    file: lab.artifacts.get('0.5.2') ?? '',
    version: versionOf('0.5.2'),
    store: new ArtifactStore(lab.stateDir),
    lockFile: join(lab.dir, 'ranch.lock'),
  });
  await world.write('rollout', ROLLOUT);
}

it('rolls out by schedule what needs nobody’s word, and finds nothing to do the next time', async () => {
  await makeRanch([labHost('aurora'), labHost('halcyon')]);
  const daemon = world.daemon();
  const ended = await daemon.lines.next('run-ended');
  expect(ended).toMatchObject({
    level: 'info',
    kind: 'rollout',
    status: 'completed',
    outcomes: { changed: 2 },
  });
  expect(await daemon.lines.next('run-ended')).toMatchObject({
    level: 'info',
    msg: 'no host needs anything',
  });
  world.lab.host('halcyon').cut();
  const left = await daemon.lines.next('run-ended');
  expect(left).toMatchObject({ level: 'warn', left: [{ host: 'halcyon', state: 'unreachable' }] });
  daemon.signal();
  expect(await daemon.ended).toBe(0);
});

it('pauses a rollout after its step at a signal, ends with 0, and leaves it to a person', async () => {
  await makeRanch([labHost('aurora'), labHost('halcyon')]);
  const daemon = world.daemon();
  await daemon.lines.next('step-done');
  daemon.signal();
  expect(await daemon.ended).toBe(0);
  const [ended] = daemon.lines.of('run-ended');
  expect(ended).toMatchObject({
    level: 'warn',
    status: 'paused',
    msg: expect.stringContaining('ranch resume'),
  });
  expect(daemon.lines.of('unit-ended').length).toBeLessThan(2);
  const store = await openStore(world.lab.stateDir, { clock: systemClock, readOnly: true });
  expect(store.unfinishedRollouts()).toMatchObject([{ id: ended?.['rollout'], status: 'paused' }]);
  store.close();

  const again = world.daemon();
  await again.lines.next('rollout-unfinished');
  expect(await again.lines.next('needs-person')).toMatchObject({
    reasons: [`rollout ${ended?.['rollout']} is paused`],
  });
  again.signal();
  expect(await again.ended).toBe(0);
});

it('does nothing where the plan wants somebody to agree', async () => {
  await makeRanch([labHost('alone')]);
  const daemon = world.daemon();
  const told = await daemon.lines.next('needs-person');
  expect(told).toMatchObject({ level: 'warn', playbook: 'rollout', kind: 'rollout' });
  expect(told['reasons']).toEqual([expect.stringContaining('alone')]);
  daemon.signal();
  expect(await daemon.ended).toBe(0);
  expect(daemon.lines.of('rollout-started')).toEqual([]);
});
