import type { PlatformKey } from './artifact.ts';
import type { HostName, Sha256, Version } from './brand.ts';
import type { Trouble } from './errors.ts';

/** What kind of machine a host is. */
export interface Platform {
  /** `uname -s` in lower case: `linux`, `darwin`, `mingw64_nt…`. */
  readonly os: string;
  /** `uname -m`: `x86_64`, `aarch64`. */
  readonly arch: string;
  readonly libc: 'gnu' | 'musl' | 'unknown';
  readonly wsl: boolean;
  /** Which artifacts fit, for example `linux-x86_64-gnu`. */
  readonly key: PlatformKey;
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly release: string;
}

/** How a running server is kept. Adopted as found; only the first three can be upgraded. */
export type Supervisor =
  | { readonly kind: 'systemd-system'; readonly unit: string }
  | { readonly kind: 'systemd-user'; readonly unit: string }
  | { readonly kind: 'bare' }
  | { readonly kind: 'unsupported'; readonly reason: string };

/** What is known of a binary's version, and how. */
export interface BinaryIdentity {
  readonly sha256: Sha256;
  /** What `sq version` printed; undefined where it printed no version (0.5.1 and older print a usage text). */
  readonly version?: Version;
}

/** Stands for a program that cannot be read: another user's, looked at without root. */
export const UNREADABLE: BinaryIdentity = { sha256: '' as Sha256 };

/** A running SQ server. */
export interface Server {
  readonly pid: number;
  /** Start time in clock ticks since boot: with the pid, names one process for ever. */
  readonly startTicks: number;
  /** The program's path as the kernel has it, without ` (deleted)`; for an interpreted server its script. */
  readonly binary: string;
  /** The sha256 and version of what runs, which can differ from the file at the path. */
  readonly running: BinaryIdentity;
  /** True when the file at the path is another one than the one that runs. */
  readonly replaced: boolean;
  /** Arguments after the program; the value of `--key` is replaced by `[redacted]`. */
  readonly args: readonly string[];
  readonly hasKey: boolean;
  readonly cwd: string;
  readonly uid: number;
  readonly user: string;
  /** The TCP port it listens on; undefined while it is not listening (yet). */
  readonly port?: number;
  /** Where its phext files lie: `--data-dir`, else the working directory. */
  readonly dataDir: string;
  readonly supervisor: Supervisor;
  readonly uptimeSeconds: number;
  readonly rssBytes: number;
  readonly threads: number;
  readonly openFiles: number;
  /** `T` when stopped by a signal: somebody froze it. */
  readonly state: string;
}

/** A file that could be run as SQ. */
export interface Binary {
  readonly path: string;
  /** The path with symbolic links resolved: where a switch happens. */
  readonly realPath: string;
  readonly identity: BinaryIdentity;
  readonly bytes: number;
  readonly mode: string;
  readonly owner: string;
  /** Whether whoever ranch is on this host may rename beside it. */
  readonly writable: boolean;
  readonly freeBytes: number;
}

export interface PhextFile {
  readonly name: string;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

export interface DataDir {
  readonly path: string;
  readonly writable: boolean;
  readonly freeBytes: number;
  readonly phexts: readonly PhextFile[];
}

/** A unit file or crontab-like start of SQ that is not running now. */
export interface StoppedService {
  readonly supervisor: Supervisor;
  readonly binary: string;
  readonly args: readonly string[];
  readonly port?: number;
  readonly dataDir: string;
}

/** A lease as it lies on a host. */
export interface LeaseRecord {
  readonly holder: string;
  readonly token: number;
  /** Seconds that remain; 0 or less when it has run out; by the host's monotonic clock. */
  readonly remainingSeconds: number;
  /** True while a switch is under way: then it is never taken over. */
  readonly switching: boolean;
}

/** An arming that nobody has decided yet: what it was to place, and what it would put back; nothing after a first install. */
export interface Arming {
  readonly to: Sha256;
  readonly from?: Sha256;
}

/** What ranch left beside one binary. */
export interface RanchFolder {
  /** The folder that holds `.ranch`. */
  readonly binDir: string;
  readonly releases: readonly Sha256[];
  readonly confirmed?: Sha256;
  readonly previous?: Sha256;
  readonly lease?: LeaseRecord;
  /** True while a dead man's switch is armed. */
  readonly armed: boolean;
  /** Lacking where none is armed, or what is armed cannot be read. */
  readonly arming?: Arming;
  /** Leftovers of a killed run: temporary files, scratch servers. */
  readonly leftovers: number;
}

/** What one host looked like at one moment. */
export type Observation = ReachedObservation | UnreachableObservation;

export interface ReachedObservation {
  readonly kind: 'reached';
  readonly host: HostName;
  /** Controller's time, milliseconds since the epoch. */
  readonly at: number;
  readonly tookMs: number;
  readonly platform: Platform;
  readonly bootId: string;
  readonly uptimeSeconds: number;
  /** Host's clock minus the controller's, in milliseconds; uncertain by half a round trip. */
  readonly clockSkewMs: number;
  readonly user: string;
  readonly uid: number;
  readonly home: string;
  /** Why this host cannot be upgraded at all (macOS, no /proc, ...). */
  readonly unsupported?: string;
  readonly systemd: boolean;
  readonly servers: readonly Server[];
  readonly binaries: readonly Binary[];
  readonly dataDirs: readonly DataDir[];
  readonly stopped: readonly StoppedService[];
  readonly ranch: readonly RanchFolder[];
}

export interface UnreachableObservation {
  readonly kind: 'unreachable';
  readonly host: HostName;
  readonly at: number;
  readonly tookMs: number;
  readonly trouble: Trouble;
}
