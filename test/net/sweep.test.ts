import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookAtHosts } from '../../src/app/sweep.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { countFaults } from '../faults.ts';
import type { Fault, FaultProxy, Trigger } from './fault-proxy.ts';
import { type FaultyWay, hurriedWorkspace, throughProxies } from './faulty-ways.ts';
import type { Timing } from './hurried.ts';
import { watchLateness } from './lateness.ts';

/** What a visit of a faulty host may take at the least; and how many times as long as honest looks took just before. */
const VISIT_MS = 5_000;
const TIMES_HONEST = 30;
/** Whatever an honest look takes on the busiest machine. */
const PATIENCE_MS = 280_000;

const FAULTS: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'blackhole' },
  { kind: 'half-open' },
  { kind: 'drip', bytesPerSecond: 1 },
];

/** A look's answer begins about 2 kB down the line, and is longer than that. */
const AT: readonly Trigger[] = [
  { step: 'banner' },
  { step: 'kex' },
  { step: 'auth' },
  { direction: 'down', bytes: 3_000 },
];

const WAYS: readonly FaultyWay[] = FAULTS.flatMap((fault) =>
  AT.map((at, index) => ({ name: `faulty-${fault.kind}-${index}`, behind: 'behind', plan: { fault, at } })),
);
const HONEST = ['aurora-continuum', 'halcyon-vector'];

let herd: Herd;
let proxies: ReadonlyMap<string, FaultProxy>;
beforeAll(async () => {
  herd = await makeHerd([...HONEST, 'behind'].map((name) => oldHost(name)));
  proxies = await throughProxies(herd, WAYS);
});
afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.close();
  await herd.close();
});

const faults = countFaults('a sweep over faulty ways');

test('a sweep in which most ways are faulty: it ends in time, and nobody waits for the faulty ones', async () => {
  const timings: Timing[] = [];
  let visitMs = VISIT_MS;
  const workspace = await hurriedWorkspace(
    herd,
    ({ name }) => ({ visitMs: HONEST.includes(name) ? PATIENCE_MS : visitMs }),
    (timing) => timings.push(timing),
  );
  const order: Observation[] = [];
  const { hosts } = workspace.ranch;
  const before = await lookAtHosts(
    workspace,
    hosts.filter(({ name }) => HONEST.includes(name)),
  );
  visitMs = Math.max(VISIT_MS, TIMES_HONEST * before.tookMs);
  timings.length = 0;
  const lateness = watchLateness();
  await lookAtHosts(workspace, hosts, { onObservation: (observation) => order.push(observation) });
  await workspace.close();
  const stateOf = (name: string): string | undefined => order.find(({ host }) => host === name)?.kind;
  const took = (name: string): number =>
    timings.find(({ host, what }) => host === name && what === 'visit')?.tookMs ?? Number.POSITIVE_INFINITY;
  lateness.stop();
  const late = timings.filter(({ tookMs, deadlineMs }) => lateness.isLate(tookMs, deadlineMs));
  const injected = [...proxies.values()].filter((proxy) => proxy.injected() > 0).length;
  console.info(
    `faulty ways: ${injected} of ${WAYS.length}; operations: ${timings.length}, late: ${late.length}`,
  );
  faults.add(injected, injected - late.length);
  expect(late).toEqual([]);
  // On a busy machine time can be over before a fault's moment has come.
  const unharmed = WAYS.filter(({ name }) => proxies.get(name)?.injected() === 0 && took(name) < visitMs);
  expect(unharmed).toEqual([]);
  expect(HONEST.map(stateOf)).toEqual(['reached', 'reached']);
  expect(WAYS.map(({ name }) => stateOf(name)).filter((kind) => kind !== 'unreachable')).toEqual([]);
  // Told before the first faulty way has used up its time.
  expect(HONEST.filter((name) => took(name) >= visitMs)).toEqual([]);
});

test('the command tells each faulty way by its name, and the honest hosts as they are', async () => {
  // A reset in the middle of an answer is not tried again: whether the script ran is not known.
  for (const [name, proxy] of proxies) {
    proxy.plan(
      name.startsWith('faulty-reset')
        ? { fault: { kind: 'reset' }, at: { direction: 'down', bytes: 3_000 } }
        : undefined,
    );
  }
  const told = [...HONEST, ...WAYS.map(({ name }) => name).filter((name) => /reset|-0$/.test(name))];
  const swept = await herd.ranch(['sweep', '--json', '--hosts', told.join()]);
  const records = swept.stdout.trimEnd().split('\n');
  const unreachable = records.filter((record) => record.includes('"unreachable"'));
  expect(swept.exitCode).toBe(3);
  expect(records).toHaveLength(told.length);
  expect(unreachable.filter((record) => !record.includes('faulty-reset-'))).toEqual([]);
  expect(unreachable).toHaveLength(AT.length);
});
