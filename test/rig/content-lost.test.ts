import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readCandidate } from '../../src/app/content/candidate.ts';
import { carryOutContent, contentExit } from '../../src/app/content/deploy.ts';
import { type ContentOrder, previewContent } from '../../src/app/content/preview.ts';
import type { MaintainContext } from '../../src/app/maintain/context.ts';
import type { ContentOutcome } from '../../src/domain/content.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode } from '../../src/sq/phext.ts';
import { sshTransport } from '../../src/ssh/transport.ts';
import { countFaults } from '../faults.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from '../net/fault-proxy.ts';
import { clock, ranchOf, random } from '../ssh/world.ts';
import { type Controller, openController } from './controller.ts';
import { type HostHook, plantHook } from './host-hook.ts';
import {
  BINARY,
  DATA,
  environment,
  folder,
  hostOf,
  onDisk,
  PHEXT,
  rig,
  sha,
  useRig,
} from './maintain-world.ts';
import { ensureBuilt } from './ranch-program.ts';
import { sqBinary } from './sq-binary.ts';

// Hosts on a machine that others use as well: a limit for what hangs.
vi.setConfig({ testTimeout: 600_000 });
useRig();

const faults = countFaults('content deploys');
afterEach(({ task }) => faults.add(1, task.result?.state === 'fail' ? 0 : 1));

const BEFORE = 'what was there\x17before';
const FILE = `${DATA.unit}/${PHEXT}.phext`;
const OWNER = `${BINARY.unit.replace(/\/sq$/, '')}/.ranch/lease/owner`;

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** What is deployed: four megabytes, of which the toc has little. */
const COMING = implode(
  Array.from({ length: 200 }, (_, at) => ({
    coordinate: parseCoordinate(`1.1.1/1.1.1/1.1.${at + 1}`),
    bytes: Buffer.from(`scroll ${at}\n${'of many words '.repeat(1_500)}`),
  })),
);

/** h1 serves a few words. */
async function withFew(): Promise<void> {
  await writeFile(join(folder, 'coming.phext'), COMING);
  await writeFile(join(folder, 'few.phext'), BEFORE);
  await rig.reset('h1');
  await rig.putContent('h1', join(folder, 'few.phext'), PHEXT, 'unit');
  await rig.startSq('unit', 'h1', sqBinary('0.5.2'));
}

/** The lease of who is gone runs out within two minutes: the host's own record of it is made old. */
const ageLease = () =>
  rig.run('h1', `[ ! -e ${OWNER} ] || { read h t e b <${OWNER} && echo "$h $t 0 $b" >${OWNER}; }`);

/** Who serves; a scratch server listens elsewhere. */
const LISTENER = "ss -Hltnp 'sport = :1337' | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p'";
const pidOf = () => rig.run('h1', LISTENER);
const live = async () => sha(await onDisk('h1', FILE));
const NEW = sha(COMING);
const OLD = sha(Buffer.from(BEFORE));

/** What a deploy must not leave: a scratch server, or what was sent and not used. */
const left = () =>
  rig.run('h1', `ls -d /usr/local/bin/.ranch/scratch ${DATA.unit}/.ranch/restore-* 2>/dev/null || true`);

describe('a way that is lost', () => {
  /** h1 behind a proxy that does harm, and an order of the content for it. */
  async function behind(): Promise<{ proxy: FaultProxy; context: MaintainContext; order: ContentOrder }> {
    await withFew();
    const proxy = await startFaultProxy({ host: rig.address('h1'), port: 22 });
    ending.push(() => proxy.close());
    const known = (await readFile(environment.knownHosts, 'utf8')).replace(
      /^h1,\S+/m,
      `[127.0.0.1]:${proxy.port}`,
    );
    await writeFile(join(folder, 'known_hosts'), known);
    const ranch = ranchOf(hostOf('h1', 'root', {}, { address: proxy.address, port: proxy.port }));
    const transport = sshTransport({
      ranch,
      knownHosts: [join(folder, 'known_hosts')],
      clock,
      random,
      sshConfigFile: 'none',
      agent: 'none',
    });
    ending.push(() => transport.close());
    const context = { ranch, transport, clock, random, stateDir: join(folder, 'state'), known: new Map() };
    const candidate = await readCandidate(join(folder, 'coming.phext'));
    return { proxy, context, order: { phext: PHEXT, ports: [], source: { kind: 'file', candidate } } };
  }

  /** Deploys; `plan` is for the connections made once it was shown what will be done. */
  async function deploy(
    { proxy, context, order }: Awaited<ReturnType<typeof behind>>,
    plan?: FaultPlan,
    once = false,
  ): Promise<readonly ContentOutcome[]> {
    const previews = await previewContent(context, context.ranch.hosts, order);
    proxy.plan(plan && (once ? { ...plan, connection: proxy.traffic().length } : plan));
    const outcomes = await carryOutContent(context, previews, order);
    proxy.plan(undefined);
    return outcomes;
  }

  /** The content comes down when it is read back, and nothing of its size before. */
  const READ_BACK: FaultPlan = { fault: { kind: 'reset' }, at: { direction: 'down', bytes: 1_000_000 } };

  test('in the middle of the verification: it is verified over a fresh one, and the host is let go of', async () => {
    const world = await behind();
    const [outcome] = await deploy(world, READ_BACK, true);
    expect(world.proxy.injected()).toBe(1);
    expect(outcome).toMatchObject({ outcome: 'changed', verified: { kind: 'served' } });
    expect(await live()).toBe(NEW);
    const [back] = await deploy({ ...world, order: { ...world.order, source: { kind: 'kept' } } });
    expect(back).toMatchObject({ outcome: 'changed', verified: { kind: 'served' } });
    expect(await live()).toBe(OLD);
  });

  test('in every verification: it is in place and not told as served; a second deploy mends that', async () => {
    const world = await behind();
    const outcomes = await deploy(world, READ_BACK);
    expect(world.proxy.injected()).toBe(2);
    expect(outcomes).toMatchObject([
      {
        outcome: 'inconclusive',
        trouble: {
          code: 'connection-lost',
          remedy: expect.stringMatching(/It is in place: `ranch content verify h1` tells/),
        },
        kept: expect.any(String),
      },
    ]);
    expect(contentExit(outcomes)).toBe(7);
    expect(await live()).toBe(NEW);
    const [again] = await deploy(world);
    expect(again).toMatchObject({ outcome: 'unchanged', verified: { kind: 'served' } });
    expect(await left()).toBe('');
  });

  test('as it is sent: nothing is changed; the host is kept for two minutes, and then it goes', async () => {
    const world = await behind();
    const was = await pidOf();
    const sent: FaultPlan = { fault: { kind: 'reset' }, at: { direction: 'up', bytes: 1_000_000 } };
    const outcomes = await deploy(world, sent);
    expect(outcomes).toMatchObject([{ outcome: 'unreachable', trouble: { code: 'connection-lost' } }]);
    expect(contentExit(outcomes)).toBe(3);
    expect({ pid: await pidOf(), live: await live() }).toEqual({ pid: was, live: OLD });
    const kept = await deploy(world);
    expect(kept).toMatchObject([{ outcome: 'skipped', trouble: { code: 'host-locked' } }]);
    expect(contentExit(kept)).toBe(4);
    await ageLease();
    const [again] = await deploy(world);
    expect(again).toMatchObject({ outcome: 'changed', verified: { kind: 'served' } });
    expect(await left()).toBe('');
  });

  test('between the swap and its answer: the host is asked what came of it', async () => {
    const world = await behind();
    const hook = await plantHook(rig, 'h1');
    ending.push(() => hook.remove());
    await hook.catchCall('^mv -f .*restore-', 'waits');
    // It strikes when it is told to.
    const told: FaultPlan = { fault: { kind: 'reset' }, at: { step: 'exit-status' } };
    const deployed = deploy(world, told, true);
    await hook.comes(200);
    world.proxy.reach('exit-status');
    await hook.off();
    expect(await deployed).toMatchObject([{ outcome: 'changed', verified: { kind: 'served' } }]);
    expect(world.proxy.injected()).toBe(1);
    expect(await live()).toBe(NEW);
    expect(await left()).toBe('');
  });
});

describe('a controller that is killed', () => {
  let controller: Controller;
  let hook: HostHook;
  const ARGS = ['--phext', PHEXT, '--yes', '--json', '--no-input'];
  const run = () => controller.start('content', 'deploy', join(folder, 'coming.phext'), ...ARGS);

  async function world(): Promise<void> {
    await ensureBuilt();
    await withFew();
    controller = await openController(rig, { h1: 'user: root' });
    ending.push(() => controller.remove());
    hook = await plantHook(rig, 'h1');
    ending.push(() => hook.remove());
  }

  /** A second deploy, once the lease of the first has run out; one record of what became of the host. */
  async function mended(outcome: 'changed' | 'unchanged'): Promise<void> {
    const locked = await run().ended;
    expect({ exitCode: locked.exitCode, stdout: locked.stdout }).toEqual({
      exitCode: 4,
      stdout: expect.stringMatching(/holds the lease for \d+ s more/),
    });
    await ageLease();
    const ran = await run().ended;
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.records.filter(({ type }) => type === 'content')).toMatchObject([
      { outcome, verified: { kind: 'served' } },
    ]);
    expect(await live()).toBe(NEW);
    expect(await left()).toBe('');
  }

  test.each([
    ['as it is sent', '^dd of=.*restore-'],
    ['as it is proven', '^cp .*restore-.*scratch'],
  ])('%s: the old content is served all the while, and a second deploy puts it in place', async (_, call) => {
    await world();
    const was = await pidOf();
    await hook.catchCall(call, 'waits');
    const running = run();
    await hook.comes(200);
    running.signal('SIGKILL');
    expect((await running.ended).exitCode).toBe(null);
    await hook.off();
    expect({ pid: await pidOf(), live: await live() }).toEqual({ pid: was, live: OLD });
    await mended('changed');
  });

  test('as the file is swapped: the host carries it out alone, and a second deploy verifies it', async () => {
    await world();
    await hook.catchCall('^mv -f .*restore-', 'waits');
    const running = run();
    await hook.comes(200);
    running.signal('SIGKILL');
    expect((await running.ended).exitCode).toBe(null);
    await hook.off();
    await expect.poll(live).toBe(NEW);
    await expect.poll(() => rig.run('h1', 'systemctl is-active sq')).toBe('active');
    await mended('unchanged');
  });

  test('as it is verified: what is in place stays, and a second deploy verifies it', async () => {
    await world();
    const was = await pidOf();
    // The new SQ is frozen as soon as it listens: nothing can be verified.
    const frozen = rig.run(
      'h1',
      `until p=$(${LISTENER}) && [ "\${p:-${was}}" != ${was} ]; do sleep .005; done; kill -STOP $p; echo $p`,
    );
    const running = run();
    const pid = await frozen;
    running.signal('SIGKILL');
    const { exitCode, records } = await running.ended;
    expect({ exitCode, told: records.filter(({ type }) => type === 'content') }).toEqual({
      exitCode: null,
      told: [],
    });
    await rig.run('h1', `kill -CONT ${pid}`);
    expect(await live()).toBe(NEW);
    await mended('unchanged');
  });
});
