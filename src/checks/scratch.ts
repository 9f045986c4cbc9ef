import { type Probe, type ProbeFile, type ProbeHost, type ProbeShape, probeShell } from '../host/probe.ts';
import type { ScratchServer } from '../host/unit-host.ts';
import { unitShell } from '../host/unit-shell.ts';
import type { Target } from '../sq/requests.ts';
import type { CheckPorts, Subject } from './subject.ts';

/** While the lease lasts nobody rolls out there; it ends by itself where a check is killed. */
const LEASE_SECONDS = 300;

/** A scratch SQ: the instance's own program on a copy of its content, behind a random key, on a spare port. */
export const ON_A_COPY: ProbeShape = { content: 'copy', access: 'keyed', folder: 'held' };

/** A scratch server under check. */
export interface Scratch extends Probe {
  /** Kills it with SIGKILL, whatever it does, and starts it on what it left: where that listens. */
  restart(): Promise<ScratchServer>;
  /** As the calls of `ProbeHost` of the same names. */
  read(name: string): Promise<ProbeFile | 'folder' | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  version(): ReturnType<ProbeHost['version']>;
  figures(): ReturnType<ProbeHost['figures']>;
}

/** A phext of a scratch server, to ask with. */
export function scratchTarget({ key }: ScratchServer, phext: string): Target {
  return { phext, ...(key.reveal() === '' ? {} : { key }) };
}

/**
 * Runs `use` beside a scratch SQ on the subject's host. The live server stands still for the few milliseconds in which
 * its content is copied, and is not touched otherwise. The scratch server ends by itself after `seconds`, whatever
 * happens to the controller; nothing of it stays. Throws `host-locked` while a rollout is at work there, `host-moved`,
 * `proof-failed` where it does not start, `disk-full`, `never-quiet`, `permission-denied`.
 */
export async function withScratch<T>(
  { spec, shell, binary, instance }: Subject,
  { random, signal }: CheckPorts,
  seconds: number,
  shape: ProbeShape,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const unit = unitShell(shell, spec, signal);
  const probe = probeShell(shell, spec, signal);
  const lease = await unit.lease(binary, `check-${random.hex(12)}`, LEASE_SECONDS);
  try {
    const begun = await probe.begin(lease, seconds, shape, instance);
    const { port } = instance;
    return await use({
      ...begun,
      restart: () => probe.again(lease, instance),
      read: (name) => probe.read(lease, port, name),
      put: (name, bytes) => probe.put(lease, port, name, bytes),
      version: () => probe.version(lease, port),
      figures: () => probe.figures(lease),
    });
  } finally {
    // Ends the server, removes its copy and lets go. What came of the check counts: server and lease have ends of their own.
    await unit.release(lease).catch(() => undefined);
  }
}
