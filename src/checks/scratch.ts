import {
  type Probe,
  type ProbeFile,
  type ProbeHost,
  type ProbeShape,
  probeShell,
  type RestartOn,
} from '../host/probe.ts';
import type { Lease, ScratchServer } from '../host/unit-host.ts';
import { unitShell } from '../host/unit-shell.ts';
import type { Target } from '../sq/requests.ts';
import type { CheckPorts, Subject } from './subject.ts';

/** While the lease lasts nobody rolls out there; it ends by itself where a check is killed. */
const LEASE_SECONDS = 300;

/** A scratch SQ: the instance's own program on a copy of its content, behind a random key, on a spare port. */
export const ON_A_COPY: ProbeShape = { content: 'copy', access: 'keyed', folder: 'held' };

/** A scratch server under check. */
export interface Scratch extends Probe {
  /**
   * Kills it with SIGKILL, whatever it does, and starts it on what it left, or on the content as it was copied at first:
   * where that listens. Its time begins anew.
   */
  restart(on?: RestartOn): Promise<ScratchServer>;
  /** As the calls of `ProbeHost` of the same names. */
  read(name: string): Promise<ProbeFile | 'folder' | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  block(name: string): Promise<void>;
  version(): ReturnType<ProbeHost['version']>;
  figures(): ReturnType<ProbeHost['figures']>;
}

/** A phext of a scratch server, to ask with. */
export function scratchTarget({ key }: ScratchServer, phext: string): Target {
  return { phext, ...(key.reveal() === '' ? {} : { key }) };
}

/**
 * Runs `use` under the lease of the subject's unit, and lets go: whatever lies in its scratch folder is removed. `renew`
 * is for checks that take longer than a lease lasts. Throws `host-locked` while a rollout is at work there,
 * `permission-denied`.
 */
export async function withLease<T>(
  { spec, shell, binary }: Subject,
  { random, signal }: CheckPorts,
  use: (lease: Lease, renew: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const unit = unitShell(shell, spec, signal);
  const holder = `check-${random.hex(12)}`;
  const lease = await unit.lease(binary, holder, LEASE_SECONDS);
  const renew = async () => {
    await unit.lease(binary, holder, LEASE_SECONDS);
  };
  try {
    return await use(lease, renew);
  } finally {
    // Ends the server, removes its copy and lets go. What came of the check counts: server and lease have ends of their own.
    // Not by `unit`: after an interruption it is tidied up all the same.
    await unitShell(shell, spec)
      .release(lease)
      .catch(() => undefined);
  }
}

/**
 * Runs `use` beside a scratch SQ on the subject's host. The live server stands still for the few milliseconds in which
 * its content is copied, and is not touched otherwise. The scratch server ends by itself after `seconds`, whatever
 * happens to the controller; nothing of it stays. Throws `host-locked` while a rollout is at work there, `host-moved`,
 * `proof-failed` where it does not start, `disk-full`, `never-quiet`, `permission-denied`.
 */
export async function withScratch<T>(
  subject: Subject,
  ports: CheckPorts,
  seconds: number,
  shape: ProbeShape,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const { spec, shell, instance } = subject;
  const probe = probeShell(shell, spec, ports.signal);
  return await withLease(subject, ports, async (lease, renew) => {
    const begun = await probe.begin(lease, seconds, shape, instance);
    const { port } = instance;
    return await use({
      ...begun,
      restart: async (on = 'left') => {
        await renew();
        return await probe.again(lease, instance, on);
      },
      read: (name) => probe.read(lease, port, name),
      put: (name, bytes) => probe.put(lease, port, name, bytes),
      remove: (name) => probe.remove(lease, port, name),
      block: (name) => probe.block(lease, port, name),
      version: () => probe.version(lease, port),
      figures: () => probe.figures(lease),
    });
  });
}
