import type { HostName, Version } from './brand.ts';
import type { Share } from './share.ts';

/** One SQ server on a host, as the inventory describes it. What is not given is found out on the host. */
export interface InstanceSpec {
  readonly port: number;
  /** The phext this instance holds in memory. Probes always name it, so that nothing is evicted. */
  readonly phext?: string;
  readonly dataDir?: string;
  readonly binary?: string;
  /** A file on the host that holds SQ's key. Never the key itself. */
  readonly keyFile?: string;
}

/** A machine reached over SSH. */
export interface HostSpec {
  readonly name: HostName;
  /** What to connect to; the name where the inventory gives none. Resolved further by `~/.ssh/config`. */
  readonly address: string;
  /** Undefined: what `~/.ssh/config` says, else 22. */
  readonly port?: number;
  /** Undefined: what `~/.ssh/config` says, else the local user. */
  readonly user?: string;
  readonly identityFile?: string;
  /** Jump hosts in the order of travel; each a host of the inventory or `[user@]address[:port]`. */
  readonly jump: readonly string[];
  readonly become?: 'sudo';
  readonly tags: readonly string[];
  readonly zone: string;
  /** The name of who lives there, for people. */
  readonly sentinel?: string;
  /** `absent`: being unreachable is expected and is no failure. */
  readonly expect: 'present' | 'absent';
  /** Zones or hosts that must be done before this host. */
  readonly after: readonly string[];
  /** The public address behind which this host serves, for the customer's view. */
  readonly public?: string;
  readonly instances: readonly InstanceSpec[];
}

export interface ZoneSpec {
  readonly name: string;
  /** How much of the zone must stay up during a rollout. */
  readonly quorum: Share;
  readonly after: readonly string[];
}

/** All hosts of an inventory. */
export interface Ranch {
  readonly name: string;
  readonly target?: { readonly version: Version };
  readonly hosts: readonly HostSpec[];
  readonly zones: readonly ZoneSpec[];
  /** The inventory file this came from; `ranch.lock` lies beside it. */
  readonly file: string;
}
