import type { Artifact, Target } from '../../src/domain/artifact.ts';
import { asSha256, type HostName, type Sha256, type Version } from '../../src/domain/brand.ts';
import type {
  Binary,
  Observation,
  ReachedObservation,
  Server,
  StoppedService,
} from '../../src/domain/observation.ts';
import type { Plan, PlanOptions } from '../../src/domain/plan.ts';
import type { HostSpec, Ranch, ZoneSpec } from '../../src/domain/ranch.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/options.ts';
import { type PlanInput, planRollout } from '../../src/plan/plan.ts';

/** A sha256 made of one hex digit. */
export function sha(digit: string): Sha256 {
  const made = asSha256(digit.repeat(64));
  if (made === undefined) throw new Error(`not a hex digit: ${digit}`);
  return made;
}

export const v = (text: string): Version => text as Version;
export const named = (text: string): HostName => text as HostName;

/** Which binary stands for which version, all of `linux-x86_64-gnu`. */
export const OLD = sha('1');
export const NEW = sha('2');
export const OTHER = sha('3');
export const NEWER = sha('4');
export const PATH = '/usr/local/bin/sq';
const X64 = 'linux-x86_64-gnu';

export const ARTIFACT: Artifact = {
  version: v('0.5.2'),
  platform: X64,
  sha256: NEW,
  bytes: 5_000_000,
  origin: 'test',
};
export const TARGET: Target = { version: v('0.5.2'), artifacts: [ARTIFACT] };
export const UNPINNED: Target = { version: v('0.5.2'), artifacts: [] };

export function host(name: string, more: Partial<HostSpec> = {}): HostSpec {
  return {
    name: named(name),
    address: name,
    jump: [],
    tags: [],
    zone: 'lan',
    expect: 'present',
    after: [],
    instances: [{ port: 1337 }],
    ...more,
  };
}

export function ranchOf(hosts: readonly HostSpec[], zones: readonly Partial<ZoneSpec>[] = []): Ranch {
  const quorum = { kind: 'percent', percent: 50 } as const;
  const names = new Set([...hosts.map((each) => each.zone), ...zones.map((zone) => zone.name ?? 'lan')]);
  const all = [...names].map((name) => ({
    name,
    quorum,
    after: [],
    ...zones.find((zone) => zone.name === name),
  }));
  return { name: 'test', hosts, zones: all, file: 'inventory.yaml' };
}

export function server(more: Partial<Server> = {}): Server {
  const port = more.port ?? 1337;
  return {
    pid: port,
    startTicks: 7,
    binary: PATH,
    running: { sha256: OLD },
    replaced: false,
    args: ['host', String(port)],
    hasKey: false,
    cwd: '/',
    uid: 0,
    user: 'sq',
    port,
    dataDir: '/var/lib/sq',
    supervisor: { kind: 'systemd-system', unit: 'sq.service' },
    uptimeSeconds: 1,
    rssBytes: 1,
    threads: 1,
    openFiles: 1,
    state: 'S',
    ...more,
  };
}

export function binary(sha256: Sha256, more: Partial<Binary> = {}): Binary {
  const path = more.path ?? PATH;
  const version = sha256 === OLD ? {} : { version: v(sha256 === NEWER ? '0.5.6' : '0.5.2') };
  return {
    path,
    realPath: path,
    identity: { sha256, ...version },
    bytes: 4_000_000,
    mode: '755',
    owner: 'root:root',
    writable: true,
    freeBytes: 1e9,
    ...more,
  };
}

export function stopped(more: Partial<StoppedService> = {}): StoppedService {
  return {
    supervisor: { kind: 'systemd-system', unit: 'sq.service' },
    binary: PATH,
    args: ['host', '1337'],
    port: 1337,
    dataDir: '/var/lib/sq',
    ...more,
  };
}

export function reached(name: string, more: Partial<ReachedObservation> = {}): ReachedObservation {
  return {
    kind: 'reached',
    host: named(name),
    at: 1000,
    tookMs: 1,
    platform: { os: 'linux', arch: 'x86_64', libc: 'gnu', wsl: false, key: X64, release: 'Debian 12' },
    bootId: 'boot-1',
    uptimeSeconds: 1,
    clockSkewMs: 0,
    user: 'root',
    uid: 0,
    home: '/root',
    systemd: true,
    servers: [server()],
    binaries: [binary(OLD)],
    dataDirs: [
      {
        path: '/var/lib/sq',
        writable: true,
        freeBytes: 1e9,
        phexts: [{ name: 'a.phext', bytes: 42, mtime: 1 }],
      },
    ],
    stopped: [],
    ranch: [],
    ...more,
  };
}

export function unreachable(name: string): Observation {
  const trouble = {
    code: 'unreachable',
    place: name,
    message: 'no route to host',
    remedy: 'Look at it.',
  } as const;
  return { kind: 'unreachable', host: named(name), at: 1000, tookMs: 1, trouble };
}

/** Observations by host; a host that is behind where none is given. */
export function looks(
  ranch: Ranch,
  given: Readonly<Record<string, Observation>> = {},
): Map<HostName, Observation> {
  return new Map(ranch.hosts.map(({ name }) => [name, given[name] ?? reached(name)]));
}

export interface Given {
  readonly ranch: Ranch;
  readonly seen?: Readonly<Record<string, Observation>>;
  readonly options?: Partial<PlanOptions>;
  readonly target?: Target;
}

export function inputOf({ ranch, seen, options, target }: Given): PlanInput {
  return {
    ranch,
    hosts: ranch.hosts,
    observations: looks(ranch, seen),
    target: target ?? TARGET,
    options: { ...DEFAULT_PLAN_OPTIONS, ...options },
    now: 2000,
  };
}

export function rollout(given: Given): Plan {
  return planRollout(inputOf(given));
}

/** Waves as names and hosts. */
export function shape(plan: Plan): readonly (readonly [string, readonly string[]])[] {
  return plan.waves.map((wave) => [wave.name, wave.hosts.map((each) => each.host)]);
}
