import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/system.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { withExclusive } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/open.ts';
import { host, planFor, START } from '../store/fixtures.ts';
import { rollout, started } from '../store/rollout-events.ts';
import { EVERY_SECOND, labHost, makeWorld, type Running, replaceFile, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld([labHost('aurora'), labHost('halcyon')]);
});
afterAll(() => world.close());
beforeEach(async () => {
  for (const name of ['sweep', 'drill', 'rollout'])
    await rm(join(world.playbooksDir, `${name}.yaml`), { force: true });
});

/** Runs that came to nothing for a reason of their own; on a busy machine others are left out while one goes on. */
function troubles(daemon: Running) {
  return daemon.lines.of('run-skipped').filter(({ code }) => code !== undefined);
}

/** Ends a daemon as one signal does. */
async function end(daemon: Running): Promise<void> {
  daemon.signal();
  expect(await daemon.ended).toBe(0);
}

describe('the daemon', () => {
  it('sweeps at every time, records it, and ends with 0 at a signal', async () => {
    await world.write('sweep', EVERY_SECOND);
    const daemon = world.daemon();
    expect(await daemon.lines.next('scheduled')).toMatchObject({ playbook: 'sweep', cron: '* * * * * *' });
    expect(await daemon.lines.next('drift-changed')).toMatchObject({ host: 'aurora', to: 'behind' });
    const first = await daemon.lines.next('run-ended');
    expect(first).toMatchObject({
      level: 'info',
      kind: 'sweep',
      playbook: 'sweep',
      hosts: 2,
      drift: { behind: 2 },
    });
    expect(first['tookMs']).toBeGreaterThan(0);
    const second = await daemon.lines.next('run-ended');
    expect(second['changes']).toBe(0);
    expect(second['run']).not.toBe(first['run']);
    await end(daemon);

    const store = await openStore(world.lab.stateDir, { clock: systemClock, readOnly: true });
    const sweeps = store.sweeps(100);
    expect(sweeps).toHaveLength(daemon.lines.of('run-ended').length);
    // Nothing changed, so that all of it is one stretch of time.
    const whole = store.driftHistory(host('aurora'), 100).filter(({ instance }) => instance === undefined);
    expect(whole).toMatchObject([{ state: 'behind', current: true, lastSeen: sweeps[0]?.at }]);
    store.close();
  });

  it('tells a host that changed, from what to what, with a transport that knows nothing of yesterday', async () => {
    await world.write('sweep', EVERY_SECOND);
    const daemon = world.daemon();
    await daemon.lines.next('run-ended');
    world.lab.host('halcyon').cut();
    const gone = await daemon.lines.next('drift-changed');
    expect(gone).toMatchObject({ level: 'warn', host: 'halcyon', from: 'behind', to: 'unreachable' });
    expect(await daemon.lines.next('run-ended')).toMatchObject({ drift: { behind: 1, unreachable: 1 } });
    await world.lab.host('halcyon').heal();
    const back = await daemon.lines.next('drift-changed');
    expect(back).toMatchObject({ host: 'halcyon', from: 'unreachable', to: 'behind' });
    await end(daemon);
  });

  it('stays when the inventory becomes wrong, tells its problems, and goes on when it is mended', async () => {
    await world.write('sweep', EVERY_SECOND);
    const sound = await readFile(world.lab.ranchFile, 'utf8');
    const daemon = world.daemon();
    await daemon.lines.next('run-ended');
    await replaceFile(world.lab.ranchFile, `${sound}colour: blue\n`);
    const skipped = await daemon.lines.next('run-skipped');
    expect(skipped).toMatchObject({ level: 'error', code: 'inventory-invalid', playbook: 'sweep' });
    expect(skipped['problems']).toEqual([expect.stringMatching(/inventory\.yaml:\d+:\d+: .*colour/)]);
    await replaceFile(world.lab.ranchFile, sound);
    expect(await daemon.lines.next('run-ended')).toMatchObject({ hosts: 2 });
    await end(daemon);
  });

  it('reads the playbooks again before each run', async () => {
    await world.write('sweep', EVERY_SECOND);
    const daemon = world.daemon();
    await daemon.lines.next('run-ended');
    await world.write('sweep', `${EVERY_SECOND}hosts: [aurora]\n`);
    let line = await daemon.lines.next('run-ended');
    while (line['hosts'] === 2) line = await daemon.lines.next('run-ended');
    expect(line['hosts']).toBe(1);
    await world.write('sweep', 'kind: sweep\n');
    expect(await daemon.lines.next('run-skipped')).toMatchObject({ level: 'info', playbook: 'sweep' });
    expect(daemon.lines.all.find(({ msg }) => msg === 'no playbook has a schedule any more')).toBeDefined();
    await end(daemon);
  });

  it('is one for a state folder, and a rollout by hand does not keep it from sweeping', async () => {
    await world.write('sweep', EVERY_SECOND);
    const daemon = world.daemon();
    await daemon.lines.next('daemon-started');
    for (const once of [false, true]) {
      await expect(world.daemon({}, { once }).ended).rejects.toMatchObject({
        code: 'state-locked',
        exitCode: 4,
        place: world.lab.stateDir,
        message: expect.stringContaining(`\`ranch daemon\` (pid ${process.pid}`),
      });
    }
    const holder = { command: 'ranch rollout 0.5.2', clock: systemClock };
    await withExclusive(world.lab.stateDir, holder, () => daemon.lines.next('run-ended'));
    await end(daemon);
  });

  it('names the rollouts that were left unfinished, and the kinds that it does not run', async () => {
    await world.write('sweep', EVERY_SECOND);
    await world.write('drill', 'kind: drill\nschedule: { cron: "0 3 * * *" }\n');
    const store = await openStore(world.lab.stateDir, { clock: systemClock });
    const plan = planFor(['aurora']);
    store.savePlan(plan);
    const left = rollout('r-left');
    store.append(started(left, plan));
    const daemon = world.daemon();
    expect(await daemon.lines.next('not-run-by-this-version')).toMatchObject({
      playbook: 'drill',
      kind: 'drill',
    });
    expect(await daemon.lines.next('rollout-unfinished')).toMatchObject({
      level: 'warn',
      rollout: left,
      msg: expect.stringContaining('ranch resume r-left'),
    });
    await end(daemon);

    await world.write('rollout', 'kind: rollout\nversion: 0.5.2\nschedule: { cron: "* * * * * *" }\n');
    const again = world.daemon();
    expect(await again.lines.next('needs-person')).toMatchObject({
      level: 'warn',
      playbook: 'rollout',
      reasons: ['rollout r-left is running'],
    });
    await end(again);
    store.append({ type: 'rollout-ended', rollout: left, at: START, outcome: 'aborted' });
    store.close();
  });

  it('does not start without anything to do, and says what to give it', async () => {
    await world.write('sweep', 'kind: sweep\n');
    await expect(world.daemon().ended).rejects.toMatchObject({
      code: 'usage',
      exitCode: 2,
      place: world.playbooksDir,
    });
    await world.write('sweep', 'kind: swep\n');
    await expect(world.daemon().ended).rejects.toMatchObject({ code: 'playbook-invalid' });
    await world.write('sweep', EVERY_SECOND);
    const nowhere = join(world.dir, 'nowhere.yaml');
    await expect(world.daemon({ inventory: nowhere }).ended).rejects.toMatchObject({
      code: 'inventory-missing',
    });
  });
});

describe('a sweep that waits for a host', () => {
  let silent: Server;
  let connected: Promise<void>;
  let inventory: string;
  beforeAll(async () => {
    // A host that takes the connection and then says nothing, as one does that hangs.
    silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    inventory = join(world.dir, 'silent.yaml');
    const host = `hangs: { address: 127.0.0.1, port: ${port} }`;
    await writeFile(inventory, `ranch: lab\ntarget: { version: 0.5.2 }\nhosts:\n  ${host}\n`);
  });
  beforeEach(async () => {
    connected = new Promise((resolve) => silent.once('connection', () => resolve()));
    await world.write('sweep', EVERY_SECOND);
  });
  afterAll(() => void silent.close());

  it('is given up when its grace is over, records nothing, and the daemon ends with 0', async () => {
    let graceEnds = (): void => undefined;
    const asked: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        if (ms !== 8_000) return systemClock.sleep(ms, signal);
        asked.push(ms);
        return new Promise((resolve) => {
          graceEnds = resolve;
        });
      },
    };
    const daemon = world.daemon({ inventory, clock });
    await connected;
    daemon.signal();
    await daemon.lines.next('daemon-stopping');
    expect(troubles(daemon)).toEqual([]);
    graceEnds();
    expect(await daemon.ended).toBe(0);
    expect(asked).toEqual([8_000]);
    expect(troubles(daemon)).toMatchObject([{ level: 'info', code: 'interrupted' }]);
    expect(daemon.lines.of('run-ended')).toEqual([]);
  });

  it('is given up at once at the second signal, and the daemon ends with 130', async () => {
    const daemon = world.daemon({ inventory });
    await connected;
    daemon.signal();
    daemon.signal();
    expect(await daemon.ended).toBe(130);
    expect(troubles(daemon)).toMatchObject([{ code: 'interrupted' }]);
  });

  it('with --once is given up with 130', async () => {
    const daemon = world.daemon({ inventory }, { once: true });
    await connected;
    daemon.signal();
    daemon.signal();
    expect(await daemon.ended).toBe(130);
  });
});

describe('--once', () => {
  it('runs every scheduled sweep once, leaves rollouts to their time, and ends', async () => {
    await world.write('sweep', 'kind: sweep\nschedule: { cron: "0 3 1 1 *" }\n');
    await world.write('rollout', 'kind: rollout\nversion: 0.5.2\nschedule: { cron: "0 3 1 1 *" }\n');
    const daemon = world.daemon({}, { once: true });
    expect(await daemon.ended).toBe(0);
    expect(daemon.lines.of('run-ended')).toMatchObject([{ kind: 'sweep', drift: { behind: 2 } }]);
    expect(daemon.lines.of('run-skipped')).toMatchObject([{ playbook: 'rollout' }]);
  });

  it('ends as a sweep does: 3 for hosts out of reach, the code of what kept it from running', async () => {
    await world.write('sweep', EVERY_SECOND);
    world.lab.host('aurora').cut();
    expect(await world.daemon({}, { once: true }).ended).toBe(3);
    await world.lab.host('aurora').heal();
    await world.write('sweep', `${EVERY_SECOND}hosts: [nobody]\n`);
    expect(await world.daemon({}, { once: true }).ended).toBe(2);
  });
});
