import type { HostName, Sha256 } from '../../src/domain/brand.ts';
import type { Observation, Supervisor } from '../../src/domain/observation.ts';
import type { HostPlan, Plan, PlannedInstance, PlanOptions, UnitPlan } from '../../src/domain/plan.ts';
import type { HostSpec, Ranch } from '../../src/domain/ranch.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/options.ts';
import { planRollout } from '../../src/plan/plan.ts';
import { folderOf } from '../../src/plan/unit.ts';
import type { ModelHost } from '../execute/model-host.ts';
import type { ModelRanch } from '../execute/model-ranch.ts';
import { hostPlan, unit } from '../execute/plans.ts';
import {
  binary,
  host,
  OLD,
  OTHER,
  ranchOf,
  reached,
  server,
  stopped,
  TARGET,
  unreachable,
} from '../plan/given.ts';
import type { HostShape, Scenario } from './scenario.ts';

const BINARIES = ['/usr/local/bin/sq', '/opt/sq/sq'] as const;

export function nameOf(index: number): string {
  return `h${index}`;
}

/** What a shape starts from; undefined: nothing is installed. */
export function fromOf(shape: HostShape): Sha256 | undefined {
  return { old: OLD, other: OTHER, none: undefined }[shape.from];
}

function supervisorOf({ kind, from }: HostShape, port: number): Supervisor {
  // A first install is started as a bare process.
  if (kind === 'bare' || from === 'none') return { kind: 'bare' };
  return { kind: kind === 'system' ? 'systemd-system' : 'systemd-user', unit: `sq-${port}.service` };
}

function instances(shape: HostShape, at: number): readonly PlannedInstance[] {
  return Array.from({ length: shape.instances }, (_, index) => {
    const port = 1337 + at * 100 + index;
    return {
      port,
      ...(shape.from === 'none' ? {} : { pid: port, startTicks: 7 }),
      supervisor: supervisorOf(shape, port),
      user: 'sq',
      dataDir: `/var/lib/sq-${port}`,
      phext: 'a',
      dataBytes: 42,
    };
  });
}

const made = new WeakMap<HostShape, HostPlan>();

/** What stands on a host before anybody comes: all its units, whatever a plan takes in. */
export function standing(shape: HostShape, index: number): HostPlan {
  const before = made.get(shape);
  if (before?.host === nameOf(index)) return before;
  const fresh = makeStanding(shape, index);
  made.set(shape, fresh);
  return fresh;
}

function makeStanding(shape: HostShape, index: number): HostPlan {
  const units = BINARIES.slice(0, shape.units).map((path, at): UnitPlan => {
    const { from: _from, ...rest } = unit({ binary: path, instances: instances(shape, at) });
    const sha256 = fromOf(shape);
    return { ...rest, ...(sha256 ? { from: { sha256 } } : {}) };
  });
  return hostPlan(nameOf(index), { zone: shape.zone, units });
}

/** The inventory of a scenario. */
export function ranchFor(scenario: Scenario): Ranch {
  const zones = [{ name: 'lan' }, { name: 'aws', after: ['lan'] }];
  const specs = scenario.hosts.map((shape, index): HostSpec => {
    const named = standing(shape, index).units.flatMap(({ binary: path, instances: all }) =>
      all.map(({ port, dataDir }) => ({ port, dataDir, phext: 'a', binary: path })),
    );
    const tags = shape.canary ? ['canary'] : [];
    return host(nameOf(index), { zone: shape.zone, tags, instances: named });
  });
  return ranchOf(specs, zones);
}

/** What a look at a host would find now. */
export function observe(model: ModelHost, stands: HostPlan): Observation {
  if (!model.powered || model.isAway) return unreachable(model.name);
  const all = stands.units.flatMap((each) => each.instances.map((one) => ({ ...one, binary: each.binary })));
  const processes = [...model.processes.values()];
  return reached(model.name, {
    bootId: `boot-${model.boot}`,
    servers: processes.map(
      ({ instance: { port, dataDir, supervisor, user }, pid, startTicks, sha, unit: path }) =>
        server({
          ...{ port, pid, startTicks, binary: path, dataDir, supervisor, user },
          running: binary(sha, { path }).identity,
          replaced: model.unit(path).live !== sha,
        }),
    ),
    binaries: [...model.units.values()].flatMap(({ binary: path, live }) =>
      live ? [binary(live, { path })] : [],
    ),
    ranch: [...model.units.values()].flatMap(({ binary: path, armed }) =>
      armed === undefined || armed.decided === 'confirmed'
        ? []
        : [
            {
              ...{ binDir: folderOf(path), releases: [], armed: true, leftovers: 0 },
              arming: { to: armed.to, ...(armed.from ? { from: armed.from } : {}) },
            },
          ],
    ),
    dataDirs: all.map(({ dataDir }) => ({ path: dataDir, writable: true, freeBytes: 1e9, phexts: [] })),
    stopped: all
      .filter(({ port, supervisor }) => supervisor.kind !== 'bare' && !model.processes.has(port))
      .map(({ port, dataDir, supervisor, binary: path }) =>
        stopped({ port, dataDir, supervisor, binary: path }),
      ),
  });
}

export interface Planning {
  readonly scenario: Scenario;
  readonly ranch: ModelRanch;
  readonly options: Partial<PlanOptions>;
}

/** The real planner on what the hosts show now; undefined where there is nothing to do. */
export function planNow({ scenario, ranch, options }: Planning): Plan | undefined {
  const inventory = ranchFor(scenario);
  const looks = new Map<HostName, Observation>(
    scenario.hosts.map((shape, index) => {
      const model = ranch.host(nameOf(index));
      return [model.name, observe(model, standing(shape, index))];
    }),
  );
  const plan = planRollout({
    ranch: inventory,
    hosts: inventory.hosts,
    observations: looks,
    target: TARGET,
    options: { ...DEFAULT_PLAN_OPTIONS, ...options },
    now: ranch.clock.now(),
  });
  return plan.waves.length > 0 ? plan : undefined;
}
