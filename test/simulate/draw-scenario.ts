import { type Draw, drawOf } from './draw.ts';
import {
  type ControllerEvent,
  EVENT_KINDS,
  FAULT_KINDS,
  type HostFault,
  type HostShape,
  type Scenario,
} from './scenario.ts';

/** From less than a round trip to more than a lease. */
const LASTS: readonly [number, ...number[]] = [40, 300, 2_000, 12_000, 33_000, 70_000, 200_000, 1_000_000];

function hostShape(draw: Draw): HostShape {
  return {
    zone: draw.chance(0.7) ? 'lan' : 'aws',
    canary: draw.chance(0.3),
    kind: draw.pick(['system', 'system', 'user', 'bare', 'bare']),
    units: draw.chance(0.15) ? 2 : 1,
    instances: draw.chance(0.25) ? 2 : 1,
    from: draw.pick(['old', 'old', 'old', 'other', 'other', 'none']),
    keyed: draw.chance(0.3),
    endsTimers: draw.chance(0.05),
    lagMs: draw.pick([0, 0, 3, 30, 400]),
  };
}

function hostFaults(draw: Draw, host: number): readonly HostFault[] {
  const many = draw.pick([0, 0, 1, 1, 2, 3]);
  return Array.from({ length: many }, () => {
    const on = draw.chance(0.75) ? 'command' : 'moment';
    return {
      kind: draw.pick(FAULT_KINDS),
      host,
      on,
      // A clean rollout of one host takes about forty commands and a few seconds; resumes and bakes go on.
      at:
        on === 'command' ? draw.int(0, draw.chance(0.8) ? 45 : 110) : draw.int(0, draw.chance(0.7) ? 6 : 90),
      afterMs: draw.chance(0.5) ? 0 : draw.int(1, 120),
      ms: draw.pick(LASTS),
    };
  });
}

function events(draw: Draw, hosts: number, controller: number): readonly ControllerEvent[] {
  const many = draw.pick([0, 0, 1, 1, 2, 3]);
  return Array.from({ length: many }, () => ({
    kind: draw.pick([...EVENT_KINDS, 'kill', 'kill', 'stall']),
    controller,
    at: draw.int(0, 150 * hosts),
    ms: draw.pick(LASTS),
  }));
}

/** The scenario of a seed: the same for ever. */
export function drawScenario(seed: number): Scenario {
  const draw = drawOf(seed, 'ranch');
  const hosts = Array.from({ length: draw.pick([1, 2, 2, 3, 4]) }, (_, at) =>
    hostShape(drawOf(seed, `host ${at}`)),
  );
  const rival = draw.chance(0.25);
  return {
    seed,
    hosts,
    build: draw.pick([
      ...(['good', 'good', 'good', 'good', 'good', 'good', 'good', 'good', 'good'] as const),
      ...(['poisoned', 'never-starts', 'broken', 'writes-nothing', 'garbles', 'lies'] as const),
    ]),
    bakeSeconds: draw.pick([0, 0, 7, 25]),
    deadmanSeconds: draw.pick([30, 30, 12]),
    onFailure: draw.pick(['host', 'wave', 'all', 'pause']),
    maxParallel: draw.int(1, 4),
    budget: draw.int(0, 2),
    faults: hosts.flatMap((_, at) => hostFaults(drawOf(seed, `faults ${at}`), at)),
    events: [
      ...events(drawOf(seed, 'controller 0'), hosts.length, 0),
      ...(rival ? events(drawOf(seed, 'controller 1'), hosts.length, 1) : []),
    ],
    rivalAtMs: rival ? draw.pick([0, 5, 300, 1_500, 6_000, 40_000, 950_000]) : -1,
    resumeAfterMs: draw.pick([0, 0, 3_000, 20_000, 45_000, 1_200_000]),
    retries: draw.chance(0.3),
  };
}
