import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostName } from '../../src/domain/brand.ts';
import type { Clock, Random, RemoteScript } from '../../src/domain/ports.ts';
import type { HostSpec, Ranch } from '../../src/domain/ranch.ts';

/** The machine's own time. */
export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

/** A clock on which a pause takes no time and is over as soon as it begins: what is tried again is, without a wait. */
export function flyingClock(): Clock {
  let slept = 0;
  return {
    now: () => Date.now(),
    monotonic: () => slept,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept += ms;
    },
  };
}

export const random: Random = {
  next: () => 0.5,
  hex: (digits) => randomBytes(digits).toString('hex').slice(0, digits),
};

/** A host of an inventory. */
export function hostSpec(name: string, more: Partial<HostSpec> = {}): HostSpec {
  return {
    name: name as HostName,
    address: '127.0.0.1',
    user: 'tester',
    jump: [],
    tags: [],
    zone: 'lan',
    expect: 'present',
    after: [],
    instances: [],
    ...more,
  };
}

export function ranchOf(...hosts: readonly HostSpec[]): Ranch {
  return { name: 'test', hosts, zones: [], file: 'inventory.yaml' };
}

export function script(text: string, more: Partial<RemoteScript> = {}): RemoteScript {
  return { name: 'test script', text, args: [], become: false, ...more };
}

/** A directory that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-ssh-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
