import type { Readable } from 'node:stream';
import type { Sha256 } from '../domain/brand.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { Secret } from '../domain/secret.ts';

/** Who acts on a unit: every change names its lease, so that a stale controller is told so. */
export interface Lease {
  /** Real path of the binary. */
  readonly binary: string;
  /** The rollout. */
  readonly holder: string;
  /** The fencing token: only ever grows. */
  readonly token: number;
}

/** A scratch server that answers on the host's own loopback. */
export interface ScratchServer {
  /** The instance it stands in for. */
  readonly port: number;
  /** Where it listens. */
  readonly sparePort: number;
  readonly key: Secret;
}

/** A phext file that was copied at a quiet moment. */
export interface CopiedPhext {
  readonly port: number;
  readonly bytes: number;
  /** Without `.phext`. */
  readonly name: string;
}

export interface Proof {
  /** What the candidate printed for `version`; empty for 0.5.1 and older. */
  readonly version: string;
  readonly candidates: readonly ScratchServer[];
  readonly copied: readonly CopiedPhext[];
}

/** A process that serves an instance now. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  readonly startTicks: number;
  readonly sha256: Sha256;
}

export interface Switched extends Running {
  /** How often it was frozen before it was quiet. */
  readonly tries: number;
  /** False where it ran the new binary already. */
  readonly restarted: boolean;
  /** Phext files of the snapshot that are gone or empty now. */
  readonly missing: readonly string[];
}

export interface ArmedRecord {
  readonly holder: string;
  readonly token: number;
  /** Until it fires; 0 or less when that is past or the host was booted since. */
  readonly remainingSeconds: number;
  readonly to: Sha256;
  readonly from?: Sha256;
}

/** How a unit stands: what resume looks at before it trusts any record. */
export interface Inspection {
  /** The boot that the host is in. */
  readonly boot?: string;
  readonly onDisk?: Sha256;
  readonly confirmed?: Sha256;
  readonly previous?: Sha256;
  readonly armed?: ArmedRecord;
  /** A revert that began. */
  readonly reverting?: ArmedRecord;
  /** A confirmation that was decided; what follows it may be lacking. */
  readonly confirming?: ArmedRecord;
  readonly switching: boolean;
  /** What the last revert said. */
  readonly outcome?: string;
  readonly running: readonly Running[];
  readonly stopped: readonly number[];
  /** Those of `stopped` that went down with the host, and of which it was kept how they are started. */
  readonly startable?: readonly number[];
}

/** What can be done to one unit of one host. Every call throws `RanchError`; each can be repeated. */
export interface UnitHost {
  /**
   * Takes or renews the lease. Before that it brings to the host's disk how the bare processes among `instances` run,
   * for a power cut leaves nothing else of them. What a holder among `ended` left is taken over before it runs out:
   * only for who knows that nobody acts for these any more. Throws `host-locked`, `permission-denied`.
   */
  lease(
    binary: string,
    holder: string,
    seconds: number,
    instances?: readonly PlannedInstance[],
    ended?: readonly string[],
  ): Promise<Lease>;
  /** Keeps the live binary as a release; tells whether the wanted release is there and whole. */
  staged(lease: Lease, sha256: Sha256, bytes: number): Promise<boolean>;
  /** Sends the binary. Throws `upload-corrupt`, `disk-full`; nothing half-done is ever used. */
  stage(lease: Lease, sha256: Sha256, bytes: number, content: () => Readable): Promise<void>;
  /** Copies each instance's content at a quiet moment and starts the candidate on it, for `seconds` at most. */
  proveBegin(
    lease: Lease,
    sha256: Sha256,
    seconds: number,
    instances: readonly PlannedInstance[],
  ): Promise<Proof>;
  /** Starts the candidate again on what it wrote, and the old binary on a copy of that. */
  proveAgain(
    lease: Lease,
    sha256: Sha256,
    old: Sha256 | undefined,
    seconds: number,
    instances: readonly PlannedInstance[],
  ): Promise<{ readonly again: readonly ScratchServer[]; readonly old: readonly ScratchServer[] }>;
  /** Ends the scratch servers and removes their copies. */
  proveEnd(lease: Lease): Promise<void>;
  /** Sets the dead man's switch. Throws `timer-failed`, `host-moved`. */
  arm(
    lease: Lease,
    to: Sha256,
    from: Sha256 | undefined,
    seconds: number,
    instances: readonly PlannedInstance[],
  ): Promise<void>;
  /** Switches, provided that the timer outlived the connection that set it. Throws `timer-failed`, `switch-failed`. */
  switch(lease: Lease): Promise<readonly Switched[]>;
  /** Decides the arming for the new binary. Throws `confirm-lost` when the host decided otherwise, `verify-failed`. */
  confirm(lease: Lease, to: Sha256): Promise<readonly Running[]>;
  /** Puts the old binary back. The text is `reverted`, `revert-failed WHY`, or that there was nothing to revert. */
  revert(lease: Lease): Promise<string>;
  /** Tidies up and lets go. Harmless when the lease is another's. */
  release(lease: Lease): Promise<void>;
  inspect(binary: string, instances: readonly PlannedInstance[]): Promise<Inspection>;
  /** The ports of those whose disk has less room since the proof than SQ may need to write all that it holds. */
  full(binary: string, instances: readonly PlannedInstance[]): Promise<readonly number[]>;
  /** The key of an instance, from its key file or its arguments; undefined where it has none. Kept in memory alone. */
  key(instance: PlannedInstance): Promise<Secret | undefined>;
}
