import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRollout } from '../../src/app/execute-plan.ts';
import { makePlan } from '../../src/app/make-plan.ts';
import { lookAtHosts } from '../../src/app/sweep.ts';
import { versionOf } from '../../src/app/target.ts';
import { isListening } from '../../src/lab/listening.ts';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { countFaults } from '../faults.ts';
import type { Fault, FaultProxy, Trigger } from './fault-proxy.ts';
import { hurriedWorkspace, throughProxies } from './faulty-ways.ts';
import type { Timing } from './hurried.ts';
import { watchLateness } from './lateness.ts';

/** A command on a connection with a fault may go on for so long after it, in place of a minute. */
const OPERATION_MS = 3_000;

/** Connections of a rollout to one host, from 0: as far as the arming, the switch, the confirmation. */
const CASES: readonly { readonly fault: Fault; readonly connection: number; readonly at: Trigger }[] = [
  { fault: { kind: 'reset' }, connection: 0, at: { direction: 'up', bytes: 30_000 } },
  { fault: { kind: 'blackhole' }, connection: 0, at: { direction: 'up', bytes: 60_000 } },
  { fault: { kind: 'reset' }, connection: 1, at: { direction: 'up', bytes: 6_000 } },
  { fault: { kind: 'blackhole' }, connection: 1, at: { direction: 'up', bytes: 6_000 } },
  { fault: { kind: 'half-open' }, connection: 1, at: { direction: 'up', bytes: 6_000 } },
  { fault: { kind: 'drip', bytesPerSecond: 1 }, connection: 2, at: { step: 'auth' } },
  { fault: { kind: 'delay', ms: 20 }, connection: 0, at: { step: 'connect' } },
];

const nameOf = (index: number): string => `${CASES[index]?.fault.kind}-${index}`;
const HONEST = 'honest';
/** 0.5.1 does not tell its version, and only 0.5.2 is registered. */
const OLDER = 'what it ran before';

let herd: Herd;
let proxies: ReadonlyMap<string, FaultProxy>;
beforeAll(async () => {
  const names = CASES.map((_case, index) => nameOf(index));
  herd = await makeHerd([...names, HONEST].map((name) => oldHost(name, { zone: `zone-${name}` })));
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
  proxies = await throughProxies(
    herd,
    names.map((name) => ({ name, behind: name })),
  );
});
afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.close();
  await herd.close();
});

const faults = countFaults('a rollout over faulty ways');

test('a rollout to seven hosts by seven faulty ways: in time, told as it was, and every host on a proven version', async () => {
  const timings: Timing[] = [];
  const lateness = watchLateness();
  const faulty = new Map<string, number>();
  const inHarm = (name: string): boolean => {
    const proxy = proxies.get(name);
    return proxy !== undefined && proxy.injected() > 0 && proxy.traffic().length - 1 === faulty.get(name);
  };
  const workspace = await hurriedWorkspace(
    herd,
    ({ name }) => (inHarm(name) ? { operationMs: OPERATION_MS } : {}),
    (timing) => timings.push(timing),
  );
  const { plan } = await makePlan(workspace, 'rollout', versionOf('0.5.2'), {
    canary: { kind: 'count', count: 0 },
    budget: { kind: 'count', count: CASES.length },
    bakeSeconds: 0,
  });
  for (const [index, { connection, ...rest }] of CASES.entries()) {
    const proxy = proxies.get(nameOf(index));
    if (proxy === undefined) throw new Error('each case has a proxy');
    const number = connection + proxy.traffic().length;
    faulty.set(nameOf(index), number);
    proxy.plan({ ...rest, connection: number });
  }
  const { detail } = await startRollout(workspace, plan, {
    stop: new AbortController().signal,
    pauseAsked: () => false,
    onEvent: () => undefined,
  });
  const injected = [...proxies.values()].reduce((sum, proxy) => sum + proxy.injected(), 0);
  for (const proxy of proxies.values()) proxy.plan(undefined);
  const swept = await lookAtHosts(workspace, workspace.ranch.hosts);
  await workspace.close();

  const outcomes = new Map(
    detail.units.map(({ host, outcome }): [string, string | undefined] => [host, outcome]),
  );
  const stands = new Map(
    [...swept.observations.values()].map((observation): [string, string] => [
      observation.host,
      observation.kind === 'reached'
        ? observation.servers.map(({ running }) => running.version ?? OLDER).join()
        : 'unreachable',
    ]),
  );
  const ended = [...stands].map(([host, version]) => `${host}: ${outcomes.get(host)}, runs ${version}`);
  lateness.stop();
  const late = timings.filter(({ tookMs, deadlineMs }) => lateness.isLate(tookMs, deadlineMs));
  console.info(`operations: ${timings.length}, late: ${late.length}\n${ended.join('\n')}`);
  faults.add(injected, injected - late.length);
  expect(late).toEqual([]);
  expect(injected).toBe(CASES.length);
  // What the record tells of a host is what the host runs, and the one without a fault had its rollout.
  const told = ([host, version]: readonly [string, string]): boolean =>
    version === (outcomes.get(host) === 'changed' ? '0.5.2' : OLDER);
  expect([...stands].filter((one) => !told(one))).toEqual([]);
  expect(outcomes.get(HONEST)).toBe('changed');
  const ports = herd.lab.hosts.flatMap(({ instances }) => instances.map(({ port }) => port));
  expect(ports.filter((port) => !isListening(port))).toEqual([]);
});
