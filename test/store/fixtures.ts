import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { asSha256, type HostName, type Sha256, type Version } from '../../src/domain/brand.ts';
import type { DriftState, HostDrift, InstanceDrift } from '../../src/domain/drift.ts';
import type { Observation, ReachedObservation } from '../../src/domain/observation.ts';
import type { Plan, PlanHash } from '../../src/domain/plan.ts';
import type { Clock } from '../../src/domain/ports.ts';

/** 2026-11-24T12:00:00Z, where every clock of these tests starts. */
export const START = Date.UTC(2026, 10, 24, 12);

const made: string[] = [];

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A state directory that is not there yet, gone after the test. */
export function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ranch-store-'));
  made.push(dir);
  return join(dir, 'state');
}

/** A clock that stands still until it is set. */
export function handClock(at = START): Clock & { set(at: number): void } {
  let now = at;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.reject(new Error('nothing in the store sleeps')),
    set: (to) => {
      now = to;
    },
  };
}

export const host = (name: string): HostName => name as HostName;
export const version = (text: string): Version => text as Version;

/** A sha256 of one repeated digit. */
export function sha(digit: string): Sha256 {
  const found = asSha256(digit.repeat(64));
  if (found === undefined) throw new Error(`not a hex digit: ${digit}`);
  return found;
}

/** A plan that upgrades one binary on each host, in one wave. */
export function planFor(hosts: readonly string[], hash = 'plan-1'): Plan {
  return {
    kind: 'plan',
    hash: hash as PlanHash,
    ranch: 'mirrorborn',
    purpose: 'rollout',
    createdAt: START,
    target: version('0.5.2'),
    options: {
      canary: { kind: 'count', count: 1 },
      maxParallel: 2,
      budget: { kind: 'percent', percent: 10 },
      bakeSeconds: 0,
      onFailure: 'host',
      deadmanSeconds: 60,
      include: [],
      hosts: [],
      tags: [],
    },
    waves: [
      {
        name: 'canary',
        canary: true,
        maxParallel: 1,
        hosts: hosts.map((name) => ({
          host: host(name),
          zone: 'lan',
          units: [
            {
              binary: '/usr/local/bin/sq',
              action: 'upgrade' as const,
              from: { sha256: sha('1'), version: version('0.5.1') },
              to: { sha256: sha('2'), version: version('0.5.2'), platform: 'linux-x86_64-gnu' },
              bytesToSend: 1_000,
              downtimeMs: 110,
              instances: [
                {
                  port: 1337,
                  pid: 7,
                  supervisor: { kind: 'bare' as const },
                  user: 'wbic16',
                  dataDir: '/d',
                  dataBytes: 9,
                },
              ],
            },
          ],
          after: [],
          reasons: [],
          evidence: { observedAt: START, bootId: 'b', fingerprint: 'f' },
        })),
      },
    ],
    excluded: [],
    zones: [{ zone: 'lan', size: 2, quorum: { kind: 'percent', percent: 50 }, maxDown: 1, budget: 1 }],
    budget: 1,
    acknowledgements: [],
  };
}

/** A reached host with one server. */
export function reached(name: string, at = START): ReachedObservation {
  const identity = { sha256: sha('1'), version: version('0.5.2') };
  const supervisor = { kind: 'systemd-system' as const, unit: 'sq.service' };
  return {
    kind: 'reached',
    host: host(name),
    at,
    tookMs: 41.5,
    platform: {
      os: 'linux',
      arch: 'x86_64',
      libc: 'gnu',
      wsl: false,
      key: 'linux-x86_64-gnu',
      release: 'Debian GNU/Linux 12 (bookworm)',
    },
    bootId: '0d8e2f5e-30c4-4b4b-9d5f-6a8c4ad1d9a1',
    uptimeSeconds: 86_400,
    clockSkewMs: -3.5,
    user: 'wbic16',
    uid: 1000,
    home: '/home/wbic16',
    systemd: true,
    servers: [
      {
        pid: 812,
        startTicks: 4_711,
        binary: '/usr/local/bin/sq',
        running: identity,
        replaced: false,
        args: ['host', '1337', '--key', '[redacted]'],
        hasKey: true,
        cwd: '/var/lib/sq',
        uid: 999,
        user: 'sq',
        port: 1337,
        dataDir: '/var/lib/sq',
        supervisor,
        uptimeSeconds: 86_000,
        rssBytes: 12_000_000,
        threads: 4,
        openFiles: 9,
        state: 'S',
      },
    ],
    binaries: [
      {
        path: '/usr/local/bin/sq',
        realPath: '/usr/local/bin/sq',
        identity,
        bytes: 4_000_000,
        mode: '755',
        owner: 'root',
        writable: false,
        freeBytes: 1e10,
      },
    ],
    dataDirs: [
      {
        path: '/var/lib/sq',
        writable: true,
        freeBytes: 1e10,
        phexts: [{ name: 'choose-your-own-adventure.phext', bytes: 4_194_139, mtime: 1_760_000_000 }],
      },
    ],
    stopped: [{ supervisor, binary: '/usr/local/bin/sq', args: ['host', '1339'], port: 1339, dataDir: '/d' }],
    ranch: [
      { binDir: '/usr/local/bin', releases: [sha('1')], confirmed: sha('1'), armed: false, leftovers: 0 },
    ],
  };
}

export function unreachable(name: string, at = START): Observation {
  const trouble = { code: 'unreachable' as const, place: name, message: 'no answer', remedy: 'Look at it.' };
  return { kind: 'unreachable', host: host(name), at, tookMs: 5_000, trouble };
}

/** A drift of a host with one instance on port 1337. */
export function drift(name: string, state: DriftState, at = START, digit = '1'): HostDrift {
  const instance: InstanceDrift = {
    port: 1337,
    state,
    reason: `is ${state} at ${at}`,
    runningSha: sha(digit),
  };
  return { host: host(name), state, reason: instance.reason, instances: [instance], observedAt: at };
}
