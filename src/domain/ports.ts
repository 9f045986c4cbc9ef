import type { Duplex, Readable } from 'node:stream';
import type { RolloutId } from './brand.ts';
import type { Limits } from './http.ts';
import type { Plan } from './plan.ts';
import type { HostSpec } from './ranch.ts';
import type { RolloutEvent } from './rollout.ts';

/** Time as an argument. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness as an argument. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Lower-case hex digits. */
  hex(digits: number): string;
}

/**
 * A POSIX script to run on a host. The text and its arguments travel in the exec request, never on standard
 * input, so that a payload (or sudo's password) can have that to itself.
 */
export interface RemoteScript {
  /** For logs and errors: `observe`, `switch`. */
  readonly name: string;
  readonly text: string;
  readonly args: readonly string[];
  /** Run as root through sudo, as the host's `become` says. Off for what needs no root. */
  readonly become: boolean;
  /** Streamed to the script's standard input; called once, when the script is ready to read. */
  readonly stdin?: () => Readable;
}

/** What a script gave. Standard output is exact, without what a login shell printed around it. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** The last 4 KiB, for errors. */
  readonly stderr: string;
  readonly tookMs: number;
}

/** An open connection to a host. */
export interface Shell {
  /** Runs a script. Throws `deadline`, `answer-too-large`, `connection-lost`, `sudo-refused`. */
  run(script: RemoteScript, limits: Limits, signal?: AbortSignal): Promise<ScriptResult>;
  /**
   * Opens a TCP connection to `host:port` as seen from the host (direct-tcpip). Throws `connection-refused`,
   * `name-unknown` and `unreachable` where its sshd tells them apart, `forwarding-forbidden`.
   */
  openTcp(host: string, port: number, limits: Limits): Promise<Duplex>;
}

/** How one visit to a host is bounded, and which connection it uses. */
export interface VisitOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /**
   * Lets the connection wait for a while after a visit that went well: the next one may have it. Without a next one it
   * is closed.
   */
  readonly keep?: boolean;
  /** May use a connection that was kept. Never where a fresh one is what the visit shows. */
  readonly reuse?: boolean;
}

/** How hosts are reached. */
export interface Transport {
  /**
   * Connects, runs `use`, and disconnects. Each call is a fresh connection, unless it may be a kept one. Throws the
   * connecting codes of `errors.ts`; retries only what failed before anything was sent, until `deadlineMs`.
   */
  withShell<T>(host: HostSpec, use: (shell: Shell) => Promise<T>, options: VisitOptions): Promise<T>;
  /** Lets go of agents, jump connections and caches. */
  close(): Promise<void>;
}

/** The append-only record. Every call is durable when it returns. */
export interface Journal {
  append(event: RolloutEvent): void;
  /** In order of appending. */
  events(rollout: RolloutId): readonly RolloutEvent[];
  savePlan(plan: Plan): void;
}
