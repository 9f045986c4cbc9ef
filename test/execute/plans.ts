import type { HostName } from '../../src/domain/brand.ts';
import type { HostPlan, Plan, PlannedInstance, PlanOptions, UnitPlan, Wave } from '../../src/domain/plan.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/options.ts';
import { sealPlan } from '../../src/plan/seal.ts';
import { NEW, OLD, OTHER, v } from '../plan/given.ts';
import { BINARY_BYTES } from './controller.ts';
import type { Builds } from './model-host.ts';
import type { Build } from './sq-responder.ts';

export const UNIT = '/usr/local/bin/sq';

/** 0.5.1 and 0.5.2 as they are; `better` replaces what the new one does. */
export function builds(better: Build = {}, older: Build = {}): Builds {
  return new Map([
    [OLD, older],
    [NEW, { version: '0.5.2', ...better }],
    [OTHER, { version: '0.5.2' }],
  ]);
}

export function instance(more: Partial<PlannedInstance> = {}): PlannedInstance {
  const port = more.port ?? 1337;
  return {
    port,
    pid: port,
    startTicks: 7,
    supervisor: { kind: 'systemd-system', unit: 'sq.service' },
    user: 'sq',
    dataDir: `/var/lib/sq-${port}`,
    phext: 'a',
    dataBytes: 42,
    ...more,
  };
}

export function unit(more: Partial<UnitPlan> = {}): UnitPlan {
  return {
    binary: UNIT,
    action: 'upgrade',
    from: { sha256: OLD },
    to: { sha256: NEW, version: v('0.5.2'), platform: 'linux-x86_64-gnu' },
    bytesToSend: BINARY_BYTES,
    downtimeMs: 110,
    instances: [instance()],
    ...more,
  };
}

/** Where nothing ran before. */
export function freshUnit(): UnitPlan {
  const { pid: _pid, startTicks: _start, ...rest } = instance();
  const { from: _from, ...whole } = unit({ action: 'install' });
  return { ...whole, instances: [rest] };
}

export function hostPlan(name: string, more: Partial<HostPlan> = {}): HostPlan {
  return {
    host: name as HostName,
    zone: 'lan',
    units: [unit()],
    after: [],
    reasons: [],
    evidence: { observedAt: 0, bootId: 'boot-1', fingerprint: 'f' },
    ...more,
  };
}

export interface Shape {
  /** Names or whole hosts, by wave; the first wave is the canary's. */
  readonly waves: readonly (readonly (string | HostPlan)[])[];
  readonly options?: Partial<PlanOptions>;
  readonly budget?: number;
  readonly zones?: Plan['zones'];
}

/** A plan by hand, for what the planner does not give; no bake unless told. */
export function planOf({ waves, options, budget = 0, zones = [] }: Shape): Plan {
  const all: PlanOptions = { ...DEFAULT_PLAN_OPTIONS, bakeSeconds: 0, ...options };
  return sealPlan({
    kind: 'plan',
    ranch: 'test',
    purpose: 'rollout',
    createdAt: 0,
    target: v('0.5.2'),
    options: all,
    waves: waves.map(
      (hosts, index): Wave => ({
        name: index === 0 ? 'canary' : `wave-${index}`,
        canary: index === 0,
        maxParallel: all.maxParallel,
        hosts: hosts.map((each) => (typeof each === 'string' ? hostPlan(each) : each)),
      }),
    ),
    excluded: [],
    zones,
    budget,
    acknowledgements: [],
  });
}

export const ZONE: Plan['zones'][number] = {
  zone: 'lan',
  size: 4,
  quorum: { kind: 'percent', percent: 50 },
  maxDown: 2,
  budget: 0,
};
