import { RanchError } from '../../domain/errors.ts';
import type { BinaryIdentity, ReachedObservation } from '../../domain/observation.ts';
import type { PlannedInstance } from '../../domain/plan.ts';
import type { HostSpec, InstanceSpec } from '../../domain/ranch.ts';
import type { KeptInstance } from '../../host/maintain-host.ts';
import { adoptRunning, adoptStopped } from '../../plan/planned-instance.ts';
import { portOf, type RunningInstance, type StoppedInstance, seenInstances } from '../../plan/seen.ts';
import type { InstanceChoice } from './context.ts';

/** An instance that was found, running or not, with all it takes to act on it. */
export interface Chosen {
  /** Real path. */
  readonly binary: string;
  readonly instance: PlannedInstance;
  /** What runs; absent where nothing does. */
  readonly running?: BinaryIdentity;
  readonly hasKey: boolean;
}

/** An instance of which nothing is to be found on the host, and why it cannot be acted on. */
export interface Unknown {
  readonly port: number;
  readonly why: string;
}

/** What ranch keeps of an instance that it stopped, and where. */
export type KeptAt = KeptInstance & { readonly binary: string };

function unsupported(spec: HostSpec, port: number | undefined, reason: string): RanchError {
  return new RanchError({
    code: 'host-unsupported',
    place: port === undefined ? spec.name : `${spec.name}:${port}`,
    message: reason,
    remedy: 'Run SQ as a systemd unit or as a plain process, or do it by hand.',
  });
}

function ofRunning(spec: HostSpec, seen: RunningInstance, observation: ReachedObservation): Chosen {
  const { server, disk } = seen;
  if (server.supervisor.kind === 'unsupported') {
    throw unsupported(spec, seen.port, `SQ ${server.supervisor.reason}`);
  }
  const instance = adoptRunning(seen, observation);
  if (!instance) throw unsupported(spec, undefined, `SQ with pid ${server.pid} does not tell its port`);
  return {
    binary: disk?.realPath ?? server.binary,
    instance,
    running: server.running,
    hasKey: server.hasKey,
  };
}

function ofService(seen: StoppedInstance, observation: ReachedObservation): Chosen | string {
  const instance = adoptStopped(seen, observation);
  if (typeof instance === 'string') return instance;
  return { binary: seen.disk?.realPath ?? seen.service?.binary ?? '', instance, hasKey: false };
}

function ofKept(kept: KeptAt, given: InstanceSpec | undefined): Chosen {
  const keyFile = given?.keyFile ?? kept.keyFile;
  const instance: PlannedInstance = {
    port: kept.port,
    supervisor: kept.supervisor,
    user: kept.user,
    dataDir: kept.dataDir,
    ...(given?.phext === undefined ? {} : { phext: given.phext }),
    ...(keyFile === undefined ? {} : { keyFile }),
    dataBytes: 0,
  };
  return { binary: kept.binary, instance, hasKey: kept.keyed };
}

/** The ports that are meant; where neither user nor inventory names any, all that are found. */
function wantedPorts(
  spec: HostSpec,
  observation: ReachedObservation,
  kept: readonly KeptAt[],
  choice: InstanceChoice,
): readonly number[] {
  if (choice.ports && choice.ports.length > 0) return [...new Set(choice.ports)];
  if (spec.instances.length > 0) return spec.instances.map(({ port }) => port);
  const found = [
    ...observation.servers.map(portOf),
    ...observation.stopped.map(({ port }) => port),
    ...kept.map(({ port }) => port),
  ];
  return [...new Set(found.flatMap((port) => (port === undefined ? [] : [port])))];
}

/**
 * Which instances are meant, and what is known of each: as it runs, else its systemd unit, else what ranch kept when
 * it stopped it. Throws `host-unsupported` for one that runs in a way that ranch does not act on.
 */
export function chooseInstances(
  spec: HostSpec,
  observation: ReachedObservation,
  kept: readonly KeptAt[],
  choice: InstanceChoice,
): { readonly chosen: readonly Chosen[]; readonly unknown: readonly Unknown[] } {
  const seen = seenInstances(spec, observation);
  const chosen: Chosen[] = [];
  const unknown: Unknown[] = [];
  for (const port of wantedPorts(spec, observation, kept, choice)) {
    const runs = seen.find((each) => each.kind === 'running' && each.port === port);
    if (runs?.kind === 'running') {
      chosen.push(ofRunning(spec, runs, observation));
      continue;
    }
    const given = spec.instances.find((each) => each.port === port);
    const record = kept.find((each) => each.port === port);
    const stopped = seen.find((each) => each.kind === 'stopped' && each.port === port && each.service);
    const found =
      stopped?.kind === 'stopped'
        ? ofService(stopped, observation)
        : record
          ? ofKept(record, given)
          : 'it does not run, no systemd unit starts it, and ranch did not stop it';
    if (typeof found === 'string') unknown.push({ port, why: found });
    else chosen.push(found);
  }
  return { chosen, unknown };
}

/** The instances by binary: what one lease covers. */
export function byBinary(chosen: readonly Chosen[]): ReadonlyMap<string, readonly Chosen[]> {
  const units = new Map<string, Chosen[]>();
  for (const each of chosen) units.set(each.binary, [...(units.get(each.binary) ?? []), each]);
  return units;
}
