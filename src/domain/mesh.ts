import type { HostName, Sha256, Version } from './brand.ts';
import type { Finding } from './finding.ts';

/**
 * How one host reaches the SQ of another. `ok` is the only good one; `absent` is neither good nor bad, since the
 * inventory expects it; each of the others needs another remedy.
 */
export type ReachState =
  | 'ok'
  | 'absent'
  /** One of the two cannot be reached by us either. */
  | 'host-down'
  /** Nothing listens there, or a firewall refuses. */
  | 'port-closed'
  /** Packets to it vanish, or no route leads there. */
  | 'no-route'
  /** The name of the one means nothing at the other. */
  | 'name-unknown'
  /** The sshd of the host that asks does not forward, and it has no program that could ask instead. */
  | 'forwarding-forbidden'
  /** It takes the connection and gives no answer. */
  | 'hung'
  /** It answers 500: every request does, until it is started anew. */
  | 'poisoned'
  /** Another version than the others run, or one that must not be asked (0.5.1 and older): then nobody connects. */
  | 'wrong-version'
  /** What answers is not the SQ that is meant. */
  | 'not-sq'
  /** It must not be asked: which phext it holds is not known, or its key would have to leave its host. */
  | 'unasked';

/** One SQ of the mesh, as its own host shows it. */
export interface MeshNode {
  readonly kind: 'mesh-node';
  readonly host: HostName;
  /** Undefined where no SQ was found, or the host could not be reached. */
  readonly port?: number;
  readonly state: ReachState;
  /** What was seen, in words. */
  readonly got: string;
  readonly version?: Version;
  readonly sha256?: Sha256;
  /** The host's clock minus the middle of all hosts', in milliseconds; uncertain by half a round trip. */
  readonly skewMs?: number;
  /** The phext it holds, and what it holds of it. */
  readonly phext?: string;
  readonly bytes?: number;
  readonly scrolls?: number;
  readonly checksum?: string;
}

/** How one host reaches one SQ of another host. */
export interface MeshPair {
  readonly kind: 'mesh-pair';
  readonly from: HostName;
  readonly to: HostName;
  readonly port?: number;
  readonly state: ReachState;
  /** What was seen, in words; foreign text in it is bounded. */
  readonly got: string;
  /** The address by which it was reached, or the last that was tried. */
  readonly address?: string;
  /** `forwarding`, or the program of the host that asked: `bash`, `nc`, `curl`, `wget`. */
  readonly via?: string;
  readonly version?: Version;
  /** From the request to the whole answer, the way to the asking host and back included; milliseconds. */
  readonly tookMs?: number;
}

/** `partial`: all that is wrong is that hosts cannot be reached. `down`: nobody reaches anybody. */
export type MeshVerdict = 'full' | 'partial' | 'degraded' | 'down';

/** How the mailboxes did. */
export interface MailboxTally {
  /** Messages that were left in another's mailbox, and broadcasts that another was to read. */
  readonly sent: number;
  /** Those of them that were read, each once and whole. */
  readonly read: number;
  /** Instances that took part. */
  readonly boxes: number;
  /** Instances whose mailbox was left alone, and why is a finding. */
  readonly leftAlone: number;
}

/** What a mesh check saw. */
export interface MeshReport {
  readonly verdict: MeshVerdict;
  /** Why it is not full; empty where it is. */
  readonly why: string;
  /** The version that most run; undefined where none could be asked. */
  readonly agreed?: Version;
  readonly nodes: readonly MeshNode[];
  readonly pairs: readonly MeshPair[];
  /** Undefined where mailboxes were not asked for, or there were none to try. */
  readonly mail?: MailboxTally;
  readonly findings: readonly Finding[];
  readonly tookMs: number;
}
