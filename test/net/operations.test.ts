import pLimit from 'p-limit';
import { expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { DEADLINE_MS, type Ended, type Operation, startWeb, UPLOAD_BYTES, underFault } from './case.ts';
import type { Fault, FaultPlan, Step, Trigger } from './fault-proxy.ts';
import { watchLateness } from './lateness.ts';

const FAULTS: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'blackhole' },
  { kind: 'half-open' },
  { kind: 'drip', bytesPerSecond: 1 },
  { kind: 'delay', ms: 40 },
];

const steps = (...names: readonly Step[]): readonly Trigger[] => names.map((step) => ({ step }));

const CONNECTING = steps('connect', 'banner', 'kex', 'auth');

/** Every step that an operation comes by. */
const TRIGGERS: Readonly<Record<Operation, readonly Trigger[]>> = {
  connect: CONNECTING,
  run: [...CONNECTING, ...steps('channel-open', 'exec-request', 'first-output', 'exit-status')],
  upload: [...steps('exec-request', 'exit-status'), { direction: 'up', bytes: UPLOAD_BYTES / 2 }],
  http: [...steps('forwarded-connection'), { direction: 'down', bytes: 50_000 }],
  jump: [...CONNECTING, ...steps('forwarded-connection', 'exec-request', 'exit-status')],
  behind: [...CONNECTING, ...steps('exec-request', 'first-output')],
};

const OPERATIONS = ['connect', 'run', 'upload', 'http', 'jump', 'behind'] as const;

/** Each case has its own servers; so many at once keep two processors busy and none waiting. */
const AT_ONCE = 12;

/** What a user may be told of a faulty way; every other word would tell of something that did not happen. */
const TOLD = ['done', 'deadline', 'connection-lost', 'host-booting'];

/** A reset before anything was said is a refusal to a jump host, and told so by it. */
const isTold = ({ operation, outcome }: Ended): boolean =>
  TOLD.includes(outcome) || (operation === 'behind' && outcome === 'connection-refused');

const nameOf = ({ operation, plan: { fault, at }, outcome, tookMs }: Ended): string =>
  `${operation} ${fault.kind} ${JSON.stringify(at)}: ${outcome} after ${Math.round(tookMs)} ms`;

const faults = countFaults('operations over SSH');

test('whatever happens to a connection at whichever step: every operation ends within its deadline', async () => {
  const webPort = await startWeb();
  const limit = pLimit(AT_ONCE);
  const cases = OPERATIONS.flatMap((operation) =>
    TRIGGERS[operation].flatMap((at) =>
      FAULTS.map((fault): [Operation, FaultPlan] => [operation, { fault, at }]),
    ),
  );
  const lateness = watchLateness();
  const ended = await Promise.all(
    cases.map(([operation, plan]) => limit(() => underFault(operation, plan, webPort))),
  );
  lateness.stop();
  const late = ended.filter(({ tookMs }) => lateness.isLate(tookMs, DEADLINE_MS));
  const injected = ended.reduce((sum, one) => sum + one.injected, 0);
  console.info(`operations under a fault: ${ended.length}, late: ${late.length}`);
  faults.add(injected, injected - late.length);
  expect(late.map(nameOf)).toEqual([]);
  // On a busy machine time can be over before a fault's moment has come.
  const unharmed = ended.filter((one) => one.injected === 0 && one.outcome !== 'deadline');
  expect(unharmed.map(nameOf)).toEqual([]);
  expect(ended.filter((one) => !isTold(one)).map(nameOf)).toEqual([]);
  // Nothing gets through what swallows everything. At its exit status a script has told its end already.
  const swallowed = ({ plan: { fault, at } }: Ended): boolean =>
    ['blackhole', 'half-open', 'drip'].includes(fault.kind) && !('step' in at && at.step === 'exit-status');
  expect(ended.filter((one) => swallowed(one) && one.outcome === 'done').map(nameOf)).toEqual([]);
});

test('a connection that is cut in the open is told at once, and as lost, whatever it was used for', async () => {
  const webPort = await startWeb();
  const cut = (operation: Operation, at: Trigger): Promise<Ended> =>
    underFault(operation, { fault: { kind: 'reset' }, at }, webPort, 200_000);
  const ended = await Promise.all([
    cut('run', { step: 'first-output' }),
    cut('upload', { direction: 'up', bytes: UPLOAD_BYTES / 2 }),
    cut('http', { direction: 'down', bytes: 50_000 }),
    cut('jump', { step: 'exec-request' }),
  ]);
  expect(ended.map(({ outcome }) => outcome)).toEqual(Array.from(ended, () => 'connection-lost'));
});
