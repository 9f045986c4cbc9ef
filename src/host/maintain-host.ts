import type { Readable } from 'node:stream';
import type { Sha256 } from '../domain/brand.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { Lease } from './unit-host.ts';

/**
 * What can be done to instances outside of a rollout. `restore` puts in place what was sent before, and keeps all that
 * was there; `deploy` keeps what it replaces alone, and `undeploy` undoes it under the same lease.
 */
export type MaintainVerb = 'stop' | 'start' | 'restart' | 'restore' | 'deploy' | 'undeploy';

/** How one instance ended. `already-*`: nothing was to do. `*-stopped`: it was stopped before and still is. */
export const ACTED_STATES = [
  'stopped',
  'started',
  'restarted',
  'restored',
  'restored-stopped',
  'deployed',
  'deployed-stopped',
  'already-stopped',
  'already-running',
] as const;

export type ActedState = (typeof ACTED_STATES)[number];

/** A phext that a restore left alone, put in place, or kept as it was. */
export interface RestoredFiles {
  /** Names without `.phext`. */
  readonly restored: readonly { readonly name: string; readonly sha256: Sha256 }[];
  /** Phexts of the instance that the backup does not hold. */
  readonly left: readonly string[];
  /** Folder on the host that holds the files as they were. */
  readonly snapshot?: string;
}

/** One instance after an act. */
export interface Acted extends RestoredFiles {
  readonly port: number;
  readonly state: ActedState;
  /** The process that serves it now; absent where none does. */
  readonly pid?: number;
  /** The running binary. */
  readonly sha256?: Sha256;
  /** How often it was frozen before it was quiet. */
  readonly tries: number;
  /** From the freeze until it listened again, by the host's clock, in steps of 10 ms. 0 where it did not stop and start. */
  readonly downMs: number;
  /** systemd units that went down with it; of an instance that was started: those that came back with it. */
  readonly dependents: readonly string[];
  /** Those that did not come back. */
  readonly stillDown: readonly string[];
}

/** An instance that ranch stopped: what the host keeps so that it can be started again. */
export interface KeptInstance {
  readonly port: number;
  readonly supervisor: PlannedInstance['supervisor'];
  readonly user: string;
  readonly dataDir: string;
  /** It ran with a key, which is not kept. */
  readonly keyed: boolean;
  readonly keyFile?: string;
}

/** One file of a snapshot, as it lies on the host. */
export interface SnapshotPhext {
  readonly port: number;
  /** Without `.phext`. */
  readonly name: string;
  /** Absolute, on the host. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Sha256;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

/** A phext that a deploy replaced and kept on its host. */
export interface KeptContent {
  /** Names it on its host; `undeploy` in it: content that was taken back. */
  readonly folder: string;
  readonly bytes: number;
  /** Undefined: there was no such phext before. */
  readonly sha256?: Sha256;
  /** When it was replaced, by the host's clock, seconds since the epoch. */
  readonly at: number;
}

/** The end of a log. Its text is the host's: bounded here, keys redacted, escaped by views. */
export interface LogEnd {
  readonly port: number;
  /** `none`: SQ's output goes nowhere that can be read. */
  readonly source: 'journal' | 'file' | 'none';
  /** The unit or the path; empty for `none`. */
  readonly name: string;
  /** Oldest first. */
  readonly lines: readonly string[];
}

/** An act on instances of one unit. */
export interface Act {
  readonly verb: MaintainVerb;
  readonly instances: readonly PlannedInstance[];
  /** A bare process may be stopped though no key file holds its key. */
  readonly forgetKey?: boolean;
  /** SQ may be ended on a full disk, which may not have taken what it holds. */
  readonly allowUnsaved?: boolean;
}

/** What can be done to one unit outside of a rollout. Every call throws `RanchError`. */
export interface MaintainHost {
  /**
   * Acts on instances of one unit, in order, once for each lease. Throws `host-locked`, `never-quiet`, `unsaved`,
   * `host-moved`, `acknowledgement-missing`, ...
   */
  act(lease: Lease, act: Act): Promise<readonly Acted[]>;
  /** What `act` did, after a lost connection; waits for its end. Undefined where it never began. */
  result(lease: Lease, verb: MaintainVerb): Promise<readonly Acted[] | undefined>;
  /** What was stopped and can be started again. */
  kept(binary: string): Promise<readonly KeptInstance[]>;
  /** Copies the phext files of each instance at a quiet moment. */
  snapshot(lease: Lease, instances: readonly PlannedInstance[]): Promise<readonly SnapshotPhext[]>;
  /** The same for one phext; undefined where there is none of that name. */
  snapshotOne(lease: Lease, instance: PlannedInstance, name: string): Promise<SnapshotPhext | undefined>;
  /** Reads a file of a snapshot in pieces, the last one shorter. Throws `upload-corrupt` where its size is another. */
  read(binary: string, phext: SnapshotPhext): AsyncIterable<Uint8Array>;
  /** Removes what `snapshot` made under this lease. */
  dropSnapshot(lease: Lease, instances: readonly PlannedInstance[]): Promise<void>;
  /** Makes a place for files that are to be restored. `bytes`: of all of them. Throws `disk-full`. */
  restoreBegin(lease: Lease, dataDir: string, bytes: number): Promise<void>;
  /** Sends one of them. Throws `upload-corrupt`, `disk-full`. */
  restorePut(
    lease: Lease,
    dataDir: string,
    phext: { readonly name: string; readonly sha256: Sha256 },
    content: () => Readable,
  ): Promise<void>;
  /** Takes what an earlier deploy replaced, in place of what is sent; undefined: there was none. Throws `host-moved`. */
  restoreTake(lease: Lease, dataDir: string, name: string, folder: string): Promise<Sha256 | undefined>;
  /** What deploys of that phext replaced, newest first. */
  contents(binary: string, dataDir: string, name: string): Promise<readonly KeptContent[]>;
  /** Removes what was sent and not used. */
  restoreEnd(lease: Lease, dataDir: string): Promise<void>;
  /** The last lines that SQ logged. */
  logs(binary: string, instance: PlannedInstance, lines: number): Promise<LogEnd>;
}
