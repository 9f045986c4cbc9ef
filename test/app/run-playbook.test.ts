import { getEventListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runPlaybook } from '../../src/app/run-playbook.ts';
import { openWorkspace } from '../../src/app/workspace.ts';
import type { SmokePlaybook, SweepPlaybook } from '../../src/domain/playbook.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import { seededRandom } from '../lab/seeded-random.ts';

let dir: string;
let lab: Lab;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ranch-app-'));
  const standIn = fileURLToPath(new URL('../lab/placeholder-sq.js', import.meta.url));
  const data = { kind: 'folder', name: 'sq' } as const;
  const hosts = ['aurora', 'halcyon', 'lilly'].map((name) => ({
    name,
    version: '0.5.1',
    tags: name === 'lilly' ? ['wsl'] : [],
    instances: name === 'lilly' ? [] : [{ phext: 'relay', data, bytes: 1_000 }],
  }));
  lab = await startLab({ dir: join(dir, 'lab'), hosts, random: seededRandom(3), standIn });
});
afterAll(async () => {
  await lab.close();
  await rm(dir, { recursive: true, force: true });
});

const SWEEP: SweepPlaybook = { kind: 'sweep', name: 'sweep', file: 'sweep.yaml', hosts: [], tags: [] };

/** Runs a playbook with a workspace of its own. */
async function run(playbook: SweepPlaybook | SmokePlaybook, signal: AbortSignal) {
  const asking = {};
  const workspace = await openWorkspace({
    inventory: lab.ranchFile,
    stateDir: lab.stateDir,
    asking,
    sshConfig: 'none',
  });
  try {
    const watching = { stop: signal, stopLooking: signal, pauseAsked: () => false, onEvent: () => undefined };
    return await runPlaybook(workspace, playbook, watching);
  } finally {
    await workspace.close();
  }
}

it('sweeps the hosts a playbook names, and tells what is new since the store’s last look', async () => {
  const { signal } = new AbortController();
  const narrow = await run({ ...SWEEP, tags: ['wsl'] }, signal);
  expect(narrow).toMatchObject({ kind: 'swept', changes: [{ host: 'lilly' }] });
  const all = await run(SWEEP, signal);
  expect(all).toMatchObject({ changes: [{ host: 'aurora', to: 'behind' }, { host: 'halcyon' }] });
  expect(await run(SWEEP, signal)).toMatchObject({ changes: [] });
});

it('leaves nothing on a signal that lives as long as the daemon', async () => {
  const { signal } = new AbortController();
  await run(SWEEP, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('records nothing of a look that was given up', async () => {
  const stop = new AbortController();
  const reason = new Error('given up');
  const given = run(SWEEP, stop.signal);
  stop.abort(reason);
  await expect(given).rejects.toThrow(reason);
});

it('smokes the hosts a playbook names', async () => {
  const { signal } = new AbortController();
  const ran = await run({ ...SWEEP, kind: 'smoke', hosts: ['aurora', 'lilly'] }, signal);
  const findings = ran.kind === 'checked' ? ran.checked.findings : [];
  expect(findings.map(({ host, check, ok }) => `${host} ${check} ${ok}`)).toEqual([
    'aurora smoke binary true',
    'aurora smoke process true',
    'aurora smoke http true',
    'lilly host false',
  ]);
});
