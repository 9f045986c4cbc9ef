import { RanchError, troubleOf } from '../domain/errors.ts';
import type { Observation, ReachedObservation } from '../domain/observation.ts';
import type { Clock, RemoteScript, Shell, Transport } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import script from './observe.sh';
import { type KnownVersions, parseObservation } from './parse-observation.ts';

/** A look takes about 50 ms on an idle host; one that swaps may need seconds. */
const LOOK_DEADLINE_MS = 20_000;
/** A host with 100 servers and 1,000 phexts answers with about 150 kB. */
const LOOK_MAX_BYTES = 1024 * 1024;

/**
 * The look as data: what is run on the host, and with what. `seenBefore` are binaries of earlier looks: a server that
 * is down leaves no other trace of where it was.
 */
export function observeScript(
  spec: HostSpec,
  known: KnownVersions,
  seenBefore: readonly string[] = [],
): RemoteScript {
  const named = spec.instances.flatMap(({ binary }) => (binary ? [binary] : []));
  const binaries = [...named, ...seenBefore].map((path) => `b:${path}`);
  const folders = spec.instances.flatMap(({ dataDir }) => (dataDir ? [`d:${dataDir}`] : []));
  const ports = spec.instances.map(({ port }) => `p:${port}`);
  const shas = [...known.keys()].map((sha) => `k:${sha}`);
  return {
    name: 'observe',
    text: script,
    args: [...new Set([...binaries, ...folders, ...ports, ...shas])],
    become: spec.become === 'sudo',
  };
}

/** Looks at a host over an open connection. Throws what `Shell.run` throws, and `host-answer-invalid`. */
export async function look(
  shell: Shell,
  spec: HostSpec,
  clock: Clock,
  known: KnownVersions,
  signal?: AbortSignal,
  seenBefore: readonly string[] = [],
): Promise<ReachedObservation> {
  const limits = { deadlineMs: LOOK_DEADLINE_MS, maxBytes: LOOK_MAX_BYTES };
  const result = await shell.run(observeScript(spec, known, seenBefore), limits, signal);
  return parseObservation(spec, result.stdout, { at: clock.now(), tookMs: result.tookMs }, known);
}

/**
 * Looks at one host over a connection of its own: one connection, one round trip. Never throws for what a host
 * or the way to it does: unreachable is an observation. With `reuse` it may be a connection that was kept; one that
 * turns out to be lost says nothing of the host, which is then looked at over a fresh one.
 */
export async function observe(
  transport: Transport,
  spec: HostSpec,
  options: {
    readonly clock: Clock;
    readonly known: KnownVersions;
    readonly deadlineMs: number;
    readonly seenBefore?: readonly string[];
    /** What else to do while the connection is open; must not throw. */
    readonly also?: (shell: Shell, observation: ReachedObservation) => Promise<void>;
    readonly signal?: AbortSignal;
    readonly keep?: boolean;
    readonly reuse?: boolean;
  },
): Promise<Observation> {
  const { clock, known, signal, deadlineMs, seenBefore, keep = false, reuse = false } = options;
  const started = clock.monotonic();
  try {
    const use = async (shell: Shell): Promise<ReachedObservation> => {
      const observation = await look(shell, spec, clock, known, signal, seenBefore);
      await options.also?.(shell, observation);
      return observation;
    };
    const bounds = { deadlineMs, keep, ...(signal ? { signal } : {}) };
    if (!reuse) return await transport.withShell(spec, use, bounds);
    return await transport.withShell(spec, use, { ...bounds, reuse }).catch((error) => {
      if (!(error instanceof RanchError) || error.code !== 'connection-lost') throw error;
      return transport.withShell(spec, use, bounds);
    });
  } catch (error) {
    signal?.throwIfAborted();
    const trouble = troubleOf(error, spec.name);
    if (trouble.code === 'internal') throw error;
    const tookMs = clock.monotonic() - started;
    return { kind: 'unreachable', host: spec.name, at: clock.now(), tookMs, trouble };
  }
}
