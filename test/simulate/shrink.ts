import fc from 'fast-check';
import { check } from './check.ts';
import {
  BUILDS,
  type ControllerEvent,
  EVENT_KINDS,
  FAULT_KINDS,
  type HostFault,
  type HostShape,
  type Scenario,
} from './scenario.ts';
import { type Spoilt, simulate } from './world.ts';

/** A failure is made small for so long at most. */
const PATIENCE_MS = 60_000;

const shape: fc.Arbitrary<HostShape> = fc.record({
  zone: fc.constantFrom('lan', 'aws'),
  canary: fc.boolean(),
  kind: fc.constantFrom('system', 'user', 'bare'),
  units: fc.integer({ min: 1, max: 2 }),
  instances: fc.integer({ min: 1, max: 2 }),
  from: fc.constantFrom('old', 'other', 'none'),
  keyed: fc.boolean(),
  endsTimers: fc.boolean(),
  lagMs: fc.nat(),
});

const fault: fc.Arbitrary<HostFault> = fc.record({
  kind: fc.constantFrom(...FAULT_KINDS),
  host: fc.nat(),
  on: fc.constantFrom('command', 'moment'),
  at: fc.nat(),
  afterMs: fc.nat(),
  ms: fc.nat(),
});

const event: fc.Arbitrary<ControllerEvent> = fc.record({
  kind: fc.constantFrom(...EVENT_KINDS),
  controller: fc.nat({ max: 1 }),
  at: fc.nat(),
  ms: fc.nat(),
});

function smaller(seed: number): fc.Arbitrary<Scenario> {
  return fc.record({
    seed: fc.constant(seed),
    hosts: fc.array(shape, { minLength: 1, maxLength: 9 }),
    build: fc.constantFrom(...BUILDS),
    bakeSeconds: fc.nat(),
    deadmanSeconds: fc.integer({ min: 12, max: 30 }),
    onFailure: fc.constantFrom('host', 'wave', 'all', 'pause'),
    maxParallel: fc.integer({ min: 1, max: 4 }),
    budget: fc.nat(),
    faults: fc.array(fault),
    events: fc.array(event),
    rivalAtMs: fc.integer({ min: -1, max: 1_000_000 }),
    resumeAfterMs: fc.nat(),
    retries: fc.boolean(),
  });
}

/** The smallest scenario found that fails as well, and what is wrong with it. */
export interface Shrunk {
  readonly scenario: Scenario;
  readonly wrong: readonly string[];
  /** How many smaller ones were found on the way. */
  readonly steps: number;
}

/** Makes a failing scenario small: fewer hosts, fewer faults, smaller numbers, as long as it fails. */
export async function shrink(scenario: Scenario, spoilt: Spoilt = {}): Promise<Shrunk> {
  const holds = async (each: Scenario): Promise<boolean> => check(await simulate(each, spoilt)).length === 0;
  const found = await fc.check(fc.asyncProperty(smaller(scenario.seed), holds), {
    examples: [[scenario]],
    numRuns: 1,
    interruptAfterTimeLimit: PATIENCE_MS,
  });
  const least = found.counterexample?.[0] ?? scenario;
  return { scenario: least, wrong: check(await simulate(least, spoilt)), steps: found.numShrinks };
}
