import type { Clock, Random } from '../domain/ports.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';
import type { Secret } from '../domain/secret.ts';

/** Asks a person; undefined when they decline. */
export type Ask = (prompt: string) => Promise<Secret | undefined>;

/** What the transport is told about the world around it. */
export interface SshOptions {
  /** To look up jump hosts by name. */
  readonly ranch: Ranch;
  /** Files of known host keys, besides those the user's ssh_config names. A missing file is an empty one. */
  readonly knownHosts: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Asked once per encrypted key. Left out under `--no-input`: encrypted keys are then not used. */
  readonly askPassphrase?: Ask;
  /** Asked once per host and prompt. Left out: neither password nor keyboard-interactive is tried. */
  readonly askPassword?: Ask;
  /** Left out, or undefined for a host: `sudo -n`. */
  readonly sudoPassword?: (host: HostSpec) => Promise<Secret | undefined>;
  /** Handshakes at once, `MAX_HANDSHAKES` where not given. */
  readonly maxHandshakes?: number;
  /** Read instead of `~/.ssh/config` and `/etc/ssh/ssh_config`; `none` for no configuration at all. */
  readonly sshConfigFile?: string;
  /** Path of an agent's socket; `SSH_AUTH_SOCK` where not given, `none` for no agent. */
  readonly agent?: string;
}

/**
 * Handshakes at once. Each costs this machine about 4 ms of CPU and each host's sshd about 27 ms, so more in
 * parallel only makes all of them late; 32 keeps a slow network busy.
 */
export const MAX_HANDSHAKES = 32;

/** How long one attempt to connect may take where ssh_config names no ConnectTimeout: a slow DNS and three SYNs. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** A silent link is asked for a sign of life this often, and given up after that many unanswered asks. */
export const KEEPALIVE_INTERVAL_MS = 5_000;
export const KEEPALIVE_COUNT = 3;
