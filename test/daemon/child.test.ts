import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/app/system.ts';
import { openStore } from '../../src/store/open.ts';
import { bundled } from '../lab/bundled.ts';
import { type ChildDaemon, startDaemon } from './child-daemon.ts';
import { EVERY_SECOND, labHost, makeWorld, type World } from './world.ts';

let program: string;
let world: World;
const running = new Set<ChildDaemon>();
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
  world = await makeWorld([labHost('aurora'), labHost('halcyon')]);
  await world.write('sweep', EVERY_SECOND);
});
afterEach(() => {
  for (const { process } of running) process.kill('SIGKILL');
  running.clear();
});
afterAll(() => world.close());

function start(
  changes: { readonly inventory?: string; readonly more?: readonly string[] } = {},
): ChildDaemon {
  const { lab, playbooksDir } = world;
  const daemon = startDaemon(program, [
    ...['-i', changes.inventory ?? lab.ranchFile, '--state', lab.stateDir],
    ...['--playbooks', playbooksDir, '--ssh-config', 'none', ...(changes.more ?? [])],
  ]);
  running.add(daemon);
  return daemon;
}

/** Ends a daemon with SIGTERM. */
async function terminate(daemon: ChildDaemon): Promise<void> {
  daemon.process.kill('SIGTERM');
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
}

/** The fewest descriptors that it holds from now to the end of its next run: between two runs nothing is open. */
async function idleDescriptors(daemon: ChildDaemon): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  const sampling = setInterval(() => {
    fewest = Math.min(fewest, daemon.descriptors());
  }, 5);
  try {
    await daemon.lines.next('run-ended');
    return fewest;
  } finally {
    clearInterval(sampling);
  }
}

it('sweeps again and again, keeps no descriptor, and ends with 0 at SIGTERM', async () => {
  const daemon = start();
  expect(await daemon.lines.next('run-ended')).toMatchObject({ hosts: 2, drift: { behind: 2 } });
  await daemon.lines.next('run-ended');
  const early = await idleDescriptors(daemon);
  for (let run = 0; run < 3; run += 1) await daemon.lines.next('run-ended');
  // Between two runs, which a busy machine may look past for a while.
  await expect.poll(() => daemon.descriptors(), { interval: 5 }).toBeLessThanOrEqual(early);
  await terminate(daemon);
  expect(daemon.errors()).toBe('');
  expect(daemon.lines.all.at(-1)).toMatchObject({ event: 'daemon-ended', exit: 0 });
});

it('leaves nothing to clear away when it is killed', async () => {
  const killed = start();
  await killed.lines.next('run-ended');
  killed.process.kill('SIGKILL');
  expect(await killed.ended).toEqual({ code: null, signal: 'SIGKILL' });
  const again = start();
  expect(await again.lines.next('run-ended')).toMatchObject({ drift: { behind: 2 } });
  await terminate(again);
  const store = await openStore(world.lab.stateDir, { clock: systemClock, readOnly: true });
  expect(store.latestDrift().map(({ state }) => state)).toEqual(['behind', 'behind']);
  store.close();
});

it('is the only one at its state folder', async () => {
  const first = start();
  await first.lines.next('daemon-started');
  const second = start();
  expect(await second.ended).toEqual({ code: 4, signal: null });
  expect(second.errors()).toMatch(
    new RegExp(`state-locked\\n.*\`ranch daemon\` \\(pid ${first.process.pid} on `),
  );
  await terminate(first);
});

it('gives a host that hangs up and ends with 0, and at once with 130 when told twice', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const inventory = join(world.dir, 'silent.yaml');
  const host = `hangs: { address: 127.0.0.1, port: ${port} }`;
  await writeFile(inventory, `ranch: lab\ntarget: { version: 0.5.2 }\nhosts:\n  ${host}\n`);
  const hangs = () => new Promise<void>((resolve) => silent.once('connection', () => resolve()));

  let met = hangs();
  const told = start({ inventory });
  await met;
  await terminate(told);
  // By its own word, not because the look's own time was over; after what grace is seen in stopping.test.ts.
  const codes = told.lines.of('run-skipped').flatMap(({ code }) => code ?? []);
  expect(codes).toEqual(['interrupted']);

  met = hangs();
  const twice = start({ inventory });
  await met;
  twice.process.kill('SIGTERM');
  await twice.lines.next('daemon-stopping');
  twice.process.kill('SIGINT');
  expect(await twice.ended).toEqual({ code: 130, signal: null });
  silent.close();
});

it('goes on when nobody reads its log any more', async () => {
  const daemon = start();
  await daemon.lines.next('run-ended');
  daemon.process.stdout?.destroy();
  const { commands } = world.lab.host('aurora').counts;
  // Two more looks: the first may have begun before.
  await expect.poll(() => world.lab.host('aurora').counts.commands).toBeGreaterThan(commands + 1);
  await terminate(daemon);
});

it('with --once sweeps once and ends as a sweep does', async () => {
  const daemon = start({ more: ['--once', '-q'] });
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  expect(daemon.lines.all).toEqual([]);
});
