import pLimit from 'p-limit';
import type { Target } from '../domain/artifact.ts';
import type { HostName, Sha256, Version } from '../domain/brand.ts';
import type { HostDrift } from '../domain/drift.ts';
import { RanchError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { Observation } from '../domain/observation.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { askServers } from '../host/ask-servers.ts';
import { observe } from '../host/observe.ts';
import { driftOf } from '../plan/drift.ts';
import { knownVersions, releasesOf } from './known-versions.ts';
import { inventoryTarget } from './target.ts';
import type { Workspace } from './workspace.ts';

/** A host that has not answered by then is unreachable. */
export const LOOK_DEADLINE_MS = 30_000;
/** Connections in the making or open at once: descriptors and memory, not speed, are what this bounds. */
const LOOKS_AT_ONCE = 128;

export interface Swept {
  readonly observations: ReadonlyMap<HostName, Observation>;
  readonly tookMs: number;
  readonly known: ReadonlyMap<Sha256, Version | null>;
  /** What servers answered; empty unless they were asked. */
  readonly findings: readonly Finding[];
}

export interface SweepOptions {
  readonly signal?: AbortSignal;
  /** Lets the connections wait for what is done next on these hosts. */
  readonly keep?: boolean;
  /** May use connections that wait since a moment ago. */
  readonly reuse?: boolean;
  /** Ask each server (0.5.2 and newer) for its version over HTTP, with the phext that it holds. */
  readonly http?: boolean;
  /** Called as each host answers, in the order of answering. */
  readonly onObservation?: (observation: Observation) => void;
}

/** Binaries that earlier looks found, by host. */
async function binariesSeen(workspace: Workspace): Promise<ReadonlyMap<HostName, readonly string[]>> {
  const records = (await workspace.store()).latestObservations();
  return new Map(
    records.map(({ observation, lastReached }) => {
      const reached = observation.kind === 'reached' ? observation : lastReached;
      return [observation.host, reached?.binaries.map(({ realPath }) => realPath) ?? []];
    }),
  );
}

/** Looks at hosts, all at once within bounds, and records nothing. */
export async function lookAtHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  options: SweepOptions = {},
): Promise<Swept> {
  const { clock } = workspace;
  const [transport, known, seen] = await Promise.all([
    workspace.transport(),
    knownVersions(workspace),
    binariesSeen(workspace),
  ]);
  const started = clock.monotonic();
  const limit = pLimit(LOOKS_AT_ONCE);
  const findings: Finding[] = [];
  const found = await Promise.all(
    hosts.map((spec) =>
      limit(async () => {
        const { signal, keep = false, reuse = false } = options;
        const observation = await observe(transport, spec, {
          clock,
          known,
          deadlineMs: LOOK_DEADLINE_MS,
          keep,
          reuse,
          seenBefore: seen.get(spec.name) ?? [],
          ...(signal ? { signal } : {}),
          ...(options.http
            ? {
                also: async (shell, observation) => {
                  findings.push(...(await askServers(shell, spec, clock, observation)));
                },
              }
            : {}),
        });
        options.onObservation?.(observation);
        return observation;
      }),
    ),
  );
  const observations = new Map(found.map((observation) => [observation.host, observation]));
  return { observations, tookMs: clock.monotonic() - started, known, findings };
}

/** Drift of what was seen, against a target. */
export function driftsOf(hosts: readonly HostSpec[], swept: Swept, target: Target): readonly HostDrift[] {
  const releases = releasesOf(swept.known);
  return hosts.map((spec) => driftOf(spec, swept.observations.get(spec.name), target, releases));
}

/** Records a look, so that `since` goes on. */
export async function recordSweep(
  workspace: Workspace,
  swept: Swept,
  drifts: readonly HostDrift[],
): Promise<void> {
  const store = await workspace.store();
  const { clock, random } = workspace;
  const at = clock.now();
  const id = `s-${at.toString(36)}-${random.hex(4)}`;
  const took = Math.round(swept.tookMs);
  if (swept.findings.length > 0) store.recordFindings(null, swept.findings);
  store.recordSweep({ id, at, tookMs: took }, [...swept.observations.values()].map(rounded), drifts);
}

/** The store keeps whole milliseconds. */
function rounded(observation: Observation): Observation {
  return { ...observation, tookMs: Math.round(observation.tookMs) };
}

export interface SweepResult {
  readonly swept: Swept;
  readonly drifts: readonly HostDrift[];
}

/** Looks at hosts now, tells their drift against the inventory's target, and records both. Throws `usage`. */
export async function sweep(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  options: SweepOptions = {},
): Promise<SweepResult> {
  const target = await inventoryTarget(workspace);
  if (!target) {
    throw new RanchError({
      code: 'usage',
      place: workspace.ranch.file,
      message: 'names no target, so there is nothing to hold the hosts against',
      remedy: 'Add `target: { version: 0.5.2 }` to the inventory.',
    });
  }
  const swept = await lookAtHosts(workspace, hosts, options);
  const drifts = driftsOf(hosts, swept, target);
  await recordSweep(workspace, swept, drifts);
  const latest = new Map((await workspace.store()).latestDrift().map((drift) => [drift.host, drift]));
  return { swept, drifts: drifts.map((drift) => latest.get(drift.host) ?? drift) };
}
