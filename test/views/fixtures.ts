import type { HostName, RolloutId, Sha256, Version } from '../../src/domain/brand.ts';
import type { HostDrift } from '../../src/domain/drift.ts';
import type { Trouble } from '../../src/domain/errors.ts';
import type { ReachedObservation, Server } from '../../src/domain/observation.ts';
import type { HostPlan, Plan, PlanHash, UnitPlan } from '../../src/domain/plan.ts';
import type { HostSpec, Ranch } from '../../src/domain/ranch.ts';
import type { Facts, Outcome, RolloutEvent, Step } from '../../src/domain/rollout.ts';

export const NOW = Date.UTC(2026, 1, 7, 18, 9, 0);

export const host = (name: string): HostName => name as HostName;
export const version = (text: string): Version => text as Version;
export const sha = (digit: string): Sha256 => digit.repeat(64).slice(0, 64) as Sha256;
export const ROLLOUT = 'r-01hx' as RolloutId;

const OLD = { sha256: sha('3f2a9c81d0e4'), version: version('0.5.1') };
const NEW = { sha256: sha('77ab01d2e3f4'), version: version('0.5.2') };

export function hostSpec(name: string, zone = 'lan'): HostSpec {
  return {
    name: host(name),
    address: name,
    jump: [],
    tags: [],
    zone,
    expect: 'present',
    after: [],
    instances: [{ port: 1337 }],
  };
}

export const RANCH: Ranch = {
  name: 'mirrorborn',
  target: { version: version('0.5.2') },
  hosts: [
    hostSpec('aurora-continuum'),
    hostSpec('halcyon-vector'),
    hostSpec('logos-prime'),
    hostSpec('lilly'),
    hostSpec('aletheia-core'),
    hostSpec('mirrorborn.us', 'aws'),
  ],
  zones: [],
  file: 'inventory.yaml',
};

function drift(name: string, state: HostDrift['state'], reason: string, sinceMs?: number): HostDrift {
  return {
    host: host(name),
    state,
    reason,
    instances: [],
    observedAt: NOW - 60_000,
    ...(sinceMs === undefined ? {} : { since: NOW - sinceMs }),
  };
}

const MINUTE = 60_000;

/** Not in the order of the inventory, as looks end when they end. */
export const DRIFTS: readonly HostDrift[] = [
  {
    ...drift('halcyon-vector', 'behind', '', 26 * 60 * MINUTE),
    instances: [
      {
        port: 1337,
        state: 'in-sync',
        reason: 'runs the target',
        runningSha: NEW.sha256,
        runningVersion: NEW.version,
      },
      {
        port: 1339,
        state: 'behind',
        reason: 'runs 0.5.1, target is 0.5.2',
        runningSha: OLD.sha256,
        runningVersion: OLD.version,
      },
    ],
  },
  {
    ...drift('aurora-continuum', 'in-sync', '', 3 * 24 * 60 * MINUTE),
    instances: [
      {
        port: 1337,
        state: 'in-sync',
        reason: 'runs the target',
        runningSha: NEW.sha256,
        runningVersion: NEW.version,
      },
    ],
  },
  {
    ...drift('logos-prime', 'other-binary', '', 90 * MINUTE),
    instances: [
      {
        port: 1337,
        state: 'other-binary',
        reason: 'says 0.5.2 but its sha256 is 5c5c5c5c5c5c, not 77ab01d2e3f4',
        runningSha: sha('5c'),
        runningVersion: NEW.version,
      },
    ],
  },
  drift('mirrorborn.us', 'unreachable', 'connection refused', 12 * MINUTE),
  drift('aletheia-core', 'absent', 'expected to be absent'),
  drift('lilly', 'stopped', 'sq.service is not running', 40_000),
];

export const SERVER: Server = {
  pid: 4711,
  startTicks: 99,
  binary: '/usr/local/bin/sq',
  running: OLD,
  replaced: true,
  args: ['host', '1337', '--data-dir', '/var/lib/sq'],
  hasKey: false,
  cwd: '/',
  uid: 1000,
  user: 'wbic16',
  port: 1337,
  dataDir: '/var/lib/sq',
  supervisor: { kind: 'systemd-system', unit: 'sq.service' },
  uptimeSeconds: 3 * 86_400 + 7_200,
  rssBytes: 12_345_678,
  threads: 3,
  openFiles: 9,
  state: 'S',
};

export const OBSERVATION: ReachedObservation = {
  kind: 'reached',
  host: host('aurora-continuum'),
  at: NOW - 3 * MINUTE,
  tookMs: 62,
  platform: {
    os: 'linux',
    arch: 'x86_64',
    libc: 'gnu',
    wsl: false,
    key: 'linux-x86_64-gnu',
    release: 'Debian GNU/Linux 12 (bookworm)',
  },
  bootId: 'b',
  uptimeSeconds: 40 * 86_400,
  clockSkewMs: -2_300,
  user: 'wbic16',
  uid: 1000,
  home: '/home/wbic16',
  systemd: true,
  servers: [SERVER],
  binaries: [
    {
      path: '/usr/local/bin/sq',
      realPath: '/usr/local/bin/sq',
      identity: NEW,
      bytes: 2_612_000,
      mode: '755',
      owner: 'root:root',
      writable: false,
      freeBytes: 18_000_000_000,
    },
  ],
  dataDirs: [
    {
      path: '/var/lib/sq',
      writable: true,
      freeBytes: 18_000_000_000,
      phexts: [
        { name: 'choose-your-own-adventure.phext', bytes: 4_194_139, mtime: NOW / 1000 - 7_200 },
        { name: 'sibling-relay.phext', bytes: 812, mtime: NOW / 1000 - 30 },
      ],
    },
  ],
  stopped: [],
  ranch: [
    {
      binDir: '/usr/local/bin',
      releases: [OLD.sha256, NEW.sha256],
      confirmed: OLD.sha256,
      lease: { holder: 'will@desk', token: 12, remainingSeconds: 48, switching: false },
      armed: true,
      leftovers: 1,
    },
  ],
};

export const UNIT = '/usr/local/bin/sq';

export function unitPlan(ports: readonly number[] = [1337], binary = UNIT): UnitPlan {
  return {
    binary,
    action: 'upgrade',
    from: OLD,
    to: { ...NEW, platform: 'linux-x86_64-gnu' },
    bytesToSend: 2_612_000,
    downtimeMs: 110,
    instances: ports.map((port, index) => ({
      port,
      pid: 4711 + index,
      startTicks: 1,
      supervisor: { kind: 'systemd-system', unit: 'sq.service' },
      user: 'wbic16',
      dataDir: '/var/lib/sq',
      phext: 'choose-your-own-adventure',
      dataBytes: 4_194_951,
    })),
  };
}

export function hostPlan(name: string, more: Partial<HostPlan> = {}): HostPlan {
  return {
    host: host(name),
    zone: 'lan',
    units: [unitPlan()],
    after: [],
    reasons: [],
    evidence: { observedAt: NOW - 120_000, bootId: 'b', fingerprint: 'f' },
    ...more,
  };
}

export const PLAN: Plan = {
  kind: 'plan',
  hash: sha('c0ffee12') as string as PlanHash,
  ranch: 'mirrorborn',
  purpose: 'rollout',
  createdAt: NOW - 120_000,
  target: version('0.5.2'),
  options: {
    canary: { kind: 'count', count: 1 },
    maxParallel: 4,
    budget: { kind: 'percent', percent: 25 },
    bakeSeconds: 60,
    onFailure: 'host',
    deadmanSeconds: 60,
    include: ['stopped'],
    hosts: [],
    tags: [],
  },
  waves: [
    {
      name: 'canary',
      canary: true,
      maxParallel: 1,
      hosts: [hostPlan('aurora-continuum', { reasons: ['canary: tagged canary'] })],
    },
    {
      name: 'lan',
      canary: false,
      maxParallel: 2,
      hosts: [
        hostPlan('halcyon-vector', {
          units: [unitPlan([1337, 1339])],
          reasons: ['waits for the canary wave'],
        }),
        hostPlan('lilly', {
          units: [
            {
              ...unitPlan([1337], '/home/wbic1/.cargo/bin/sq'),
              bytesToSend: 0,
              instances: [
                {
                  port: 1337,
                  pid: 77,
                  supervisor: { kind: 'bare' },
                  user: 'wbic1',
                  dataDir: '/source/SQ',
                  dataBytes: 812,
                },
              ],
            },
          ],
        }),
      ],
    },
    {
      name: 'aws',
      canary: false,
      maxParallel: 1,
      hosts: [
        hostPlan('mirrorborn.us', {
          zone: 'aws',
          after: [host('aurora-continuum'), host('halcyon-vector'), host('lilly')],
          reasons: ['waits for zone lan to be done'],
        }),
      ],
    },
  ],
  excluded: [
    { host: host('logos-prime'), state: 'in-sync', reason: 'runs the target' },
    { host: host('chrysalis-hub'), state: 'in-sync', reason: 'runs the target' },
    { host: host('aletheia-core'), state: 'absent', reason: 'expected to be absent' },
  ],
  zones: [
    { zone: 'lan', size: 5, quorum: { kind: 'percent', percent: 50 }, maxDown: 2, budget: 1 },
    { zone: 'aws', size: 1, quorum: { kind: 'percent', percent: 0 }, maxDown: 1, budget: 0 },
  ],
  budget: 1,
  acknowledgements: [
    { id: 'single:aws', text: 'Zone aws has one host: mirrorborn.us is down for about 110 ms.' },
  ],
};

export const TROUBLE: Trouble = {
  code: 'proof-failed',
  place: 'halcyon-vector',
  message: 'The staged binary answered toc with 500 on a copy of choose-your-own-adventure.',
  remedy: 'Register a binary linked with libphext 0.3.3: `ranch artifact build 0.5.2`.',
};

/** Writes events as a rollout would: `step` gives an intent and its outcome, 100 ms apart. */
export function script(): {
  readonly events: RolloutEvent[];
  readonly add: (event: object) => void;
  readonly begin: (name: string, step: Step, attempt?: number) => void;
  readonly done: (name: string, steps: readonly Step[], facts?: Facts) => void;
  readonly fail: (name: string, step: Step, trouble: Trouble) => void;
  readonly end: (name: string, outcome: Outcome, trouble?: Trouble) => void;
} {
  const events: RolloutEvent[] = [];
  let at = NOW - 30_000;
  const add = (event: object): void => {
    at += 100;
    events.push({ rollout: ROLLOUT, at, ...event } as RolloutEvent);
  };
  const unit = (name: string): string => (name === 'lilly' ? '/home/wbic1/.cargo/bin/sq' : UNIT);
  const begin = (name: string, step: Step, attempt = 1): void =>
    add({ type: 'step-intended', host: name, unit: unit(name), step, attempt });
  return {
    events,
    add,
    begin,
    done: (name, steps, facts = {}) => {
      for (const step of steps) {
        begin(name, step);
        add({ type: 'step-done', host: name, unit: unit(name), step, attempt: 1, facts });
      }
    },
    fail: (name, step, trouble) => {
      begin(name, step);
      add({ type: 'step-failed', host: name, unit: unit(name), step, attempt: 1, trouble });
    },
    end: (name, outcome, trouble) =>
      add({ type: 'unit-ended', host: name, unit: unit(name), outcome, ...(trouble ? { trouble } : {}) }),
  };
}
