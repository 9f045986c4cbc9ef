import { setImmediate } from 'node:timers/promises';
import type { PlanOptions } from '../../src/domain/plan.ts';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import { ModelRanch } from '../execute/model-ranch.ts';
import { builds, planOf } from '../execute/plans.ts';
import type { Build } from '../execute/sq-responder.ts';
import type { VirtualClock } from '../execute/virtual-clock.ts';
import { Chronicle } from './chronicle.ts';
import { populate } from './clients.ts';
import { Fate } from './fate.ts';
import { type HostState, stateOf } from './host-state.ts';
import { nameOf, standing } from './inventory.ts';
import { Operator, type Workplace } from './operator.ts';
import type { Scenario, TargetBuild } from './scenario.ts';

/** A defect that is planted to see it found: in the model hosts, or in what is journaled. */
export interface Spoilt {
  readonly ranch?: (ranch: ModelRanch) => void;
  readonly event?: (event: RolloutEvent) => RolloutEvent;
}

/** A run that came to its end, with all that a checker may look at. */
export interface Run {
  readonly scenario: Scenario;
  readonly chronicle: Chronicle;
  /** How many faults of each kind came to pass. */
  readonly injected: ReadonlyMap<string, number>;
  /** The operators, with their plans. */
  readonly operators: readonly Operator[];
  /** What went wrong on the way: a controller that ended by a defect, work that does not end. */
  readonly troubles: readonly string[];
  /** The hosts when all was at rest, before somebody came to mend what was left; and at the very end. */
  readonly rest: readonly HostState[];
  readonly end: readonly HostState[];
}

/** The note that stands where nobody is at work and every fault is over. */
export const AT_REST = 'at rest';

/** A stop or a start of one SQ within a switch. */
const PACE_MS = 25;
/** Until every timer of a dead man and of a scratch server has fired, and the longest fault is over. */
const REST_MS = 240_000;
/** And until a lease that nobody let go of has run out. */
const LEASE_MS = 1_000_000;
/** More steps than any run takes that ends. */
const MOST_STEPS = 300_000;

const BUILDS: Readonly<Record<TargetBuild, Build>> = {
  good: {},
  poisoned: { poisonedByToc: true },
  'never-starts': { starts: false },
  broken: { broken: true },
  'writes-nothing': { writesNothing: true },
  garbles: { garbles: true },
  lies: { claims: '0.5.9' },
};

/** Lets time pass until the work has settled. Throws when it never does. */
async function drive<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  work.then(settle, settle);
  for (let steps = 0; !settled; steps++) {
    await setImmediate();
    if (!settled && (!clock.step() || steps > MOST_STEPS)) throw new Error('the work does not end');
  }
  return work;
}

function prepare(scenario: Scenario, spoilt: Spoilt): Workplace {
  const stands = scenario.hosts.map(standing);
  const ranch = new ModelRanch(planOf({ waves: [stands] }), builds(BUILDS[scenario.build]));
  const chronicle = new Chronicle(() => ranch.clock.monotonic());
  const fate = new Fate(scenario, ranch, chronicle);
  for (const [index, shape] of scenario.hosts.entries()) {
    const host = ranch.host(nameOf(index));
    host.tell = (fact) => chronicle.host(host.name, fact);
    host.paceMs = PACE_MS;
    host.endsTimersAtLogout = shape.endsTimers;
  }
  const lags = new Map(scenario.hosts.map(({ lagMs }, index) => [nameOf(index), lagMs]));
  ranch.lag = ({ name }) => lags.get(name) ?? 0;
  ranch.fate = (host) => fate.of(host);
  populate(scenario, ranch);
  spoilt.ranch?.(ranch);
  return { scenario, ranch, chronicle, fate, lie: spoilt.event ?? ((event) => event) };
}

function optionsOf(scenario: Scenario): Partial<PlanOptions> {
  const { bakeSeconds, deadmanSeconds, onFailure, maxParallel, budget } = scenario;
  return { bakeSeconds, deadmanSeconds, onFailure, maxParallel, budget: { kind: 'count', count: budget } };
}

/** Who comes at the end, when nothing fails any more: a rollout to the same target over all that is there. */
const MENDER: Partial<PlanOptions> = {
  canary: { kind: 'count', count: 0 },
  budget: { kind: 'percent', percent: 100 },
  bakeSeconds: 0,
  include: ['stopped', 'ahead'],
};

/** Runs a scenario to its end: operators and faults, then rest, then somebody who mends what was left. */
export async function simulate(scenario: Scenario, spoilt: Spoilt = {}): Promise<Run> {
  const place = prepare(scenario, spoilt);
  const { ranch, chronicle, fate } = place;
  const first = new Operator(place, 0);
  const rival = new Operator(place, 1);
  const again = new Operator(place, 2, [first]);
  const mender = new Operator(place, 9, [first, again]);
  const { rivalAtMs } = scenario;
  const states = () => [...ranch.hosts.values()].map(stateOf);
  let rest: readonly HostState[] = [];
  const story = async (): Promise<readonly string[]> => {
    const persists = async (): Promise<readonly string[]> => {
      const troubles = await first.work(optionsOf(scenario));
      // What goes wrong now, and what the first one left, meets whoever tries again at once.
      return scenario.retries
        ? [...troubles, ...(await again.work({ ...optionsOf(scenario), include: ['stopped'] }))]
        : troubles;
    };
    const troubles = await Promise.all([
      persists(),
      rivalAtMs < 0 ? [] : ranch.clock.sleep(rivalAtMs).then(() => rival.work(optionsOf(scenario))),
    ]);
    fate.end();
    await ranch.clock.sleep(REST_MS);
    rest = states();
    chronicle.note(AT_REST);
    await ranch.clock.sleep(LEASE_MS);
    return [...troubles.flat(), ...(await mender.work(MENDER))];
  };
  const troubles = await drive(ranch.clock, story()).catch((error: unknown) => [
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ]);
  return {
    scenario,
    chronicle,
    injected: fate.injected,
    operators: [first, rival, again, mender],
    troubles,
    rest,
    end: states(),
  };
}
