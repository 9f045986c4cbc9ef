import type { PlatformKey } from './artifact.ts';
import type { Brand, HostName, Sha256, Version } from './brand.ts';
import type { DriftState } from './drift.ts';
import type { Supervisor } from './observation.ts';
import type { Share } from './share.ts';

/** sha256 of a plan's canonical JSON without the hash itself. */
export type PlanHash = Brand<string, 'PlanHash'>;

/** What to do when a host fails: revert that host, its wave, all that this rollout changed, or nothing yet. */
export type OnFailure = 'host' | 'wave' | 'all' | 'pause';

export interface PlanOptions {
  /** Hosts in the first wave. Their failure budget is 0. */
  readonly canary: Share;
  /** Hosts in flight at once within a wave. */
  readonly maxParallel: number;
  /** Hosts that may fail before the rollout stops. */
  readonly budget: Share;
  /** How long gates keep watching after a wave. */
  readonly bakeSeconds: number;
  readonly onFailure: OnFailure;
  /** How long a switched host waits for its confirmation before it reverts by itself. */
  readonly deadmanSeconds: number;
  /** Drift states left alone by default that this plan takes in: `stopped`, `ahead`. */
  readonly include: readonly DriftState[];
  /** Hosts named by the user; empty for all. */
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
}

/** A server that a unit will restart, as it was adopted. */
export interface PlannedInstance {
  readonly port: number;
  /** The process that was seen; absent where none runs (install, start). */
  readonly pid?: number;
  readonly startTicks?: number;
  readonly supervisor: Supervisor;
  readonly user: string;
  readonly dataDir: string;
  readonly phext?: string;
  readonly keyFile?: string;
  /** It was seen to run with a key: never to be started without. */
  readonly keyed?: true;
  /** Bytes of the phext files that are snapshot and copied for the proof. */
  readonly dataBytes: number;
}

export type UnitAction = 'upgrade' | 'restart' | 'install' | 'start' | 'rollback';

/** One binary on one host, with all its instances: the smallest thing that is switched. */
export interface UnitPlan {
  /** Real path of the binary. */
  readonly binary: string;
  readonly action: UnitAction;
  /** Absent at a first install. */
  readonly from?: { readonly sha256: Sha256; readonly version?: Version };
  readonly to: { readonly sha256: Sha256; readonly version?: Version; readonly platform: PlatformKey };
  /** 0 where the release is on the host already. */
  readonly bytesToSend: number;
  /** Expected downtime of each instance, milliseconds, from what was measured. */
  readonly downtimeMs: number;
  readonly instances: readonly PlannedInstance[];
}

/** What the plan was made on. Execution refuses a host that no longer matches. */
export interface Evidence {
  readonly observedAt: number;
  readonly bootId: string;
  /** Hash over each unit's binary, sha256, pids, start times and ports. */
  readonly fingerprint: string;
}

export interface HostPlan {
  readonly host: HostName;
  readonly zone: string;
  readonly units: readonly UnitPlan[];
  /** Hosts that must have ended well before this one starts. */
  readonly after: readonly HostName[];
  /**
   * Zones of which every planned host must have; of the host's own zone every one that does not wait for it in the same
   * way. Names of zones and not of their hosts: thousands that each wait for thousands would be a plan of many megabytes.
   */
  readonly afterZones?: readonly string[];
  /** Each a sentence: why it waits, or why it is where it is. */
  readonly reasons: readonly string[];
  readonly evidence: Evidence;
}

export interface Wave {
  readonly name: string;
  readonly canary: boolean;
  readonly maxParallel: number;
  readonly hosts: readonly HostPlan[];
}

export interface Exclusion {
  readonly host: HostName;
  readonly state: DriftState;
  readonly reason: string;
  /** Set where it may have to be changed and cannot be: the reason says what the user has to mend first. */
  readonly blocked?: true;
}

/** How many hosts of a zone may be down at once; its denominator is frozen here. */
export interface ZoneLimit {
  readonly zone: string;
  readonly size: number;
  readonly quorum: Share;
  readonly maxDown: number;
  /** Hosts that may fail in this zone before the rollout stops. */
  readonly budget: number;
}

/** A consequence the user has to agree to, by `--yes` or at the prompt. */
export interface Acknowledgement {
  readonly id: string;
  readonly text: string;
}

/** Exactly what will be done to which host, in which wave, on which evidence. Immutable and hashed. */
export interface Plan {
  readonly kind: 'plan';
  readonly hash: PlanHash;
  readonly ranch: string;
  readonly purpose: 'rollout' | 'rollback';
  readonly createdAt: number;
  /** The version hosts go to; of a rollback: the version that is taken back. */
  readonly target: Version;
  readonly options: PlanOptions;
  readonly waves: readonly Wave[];
  readonly excluded: readonly Exclusion[];
  readonly zones: readonly ZoneLimit[];
  /** Absolute number of hosts that may fail, from `options.budget` and the hosts of this plan. */
  readonly budget: number;
  readonly acknowledgements: readonly Acknowledgement[];
}
