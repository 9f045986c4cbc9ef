import type { Version } from '../domain/brand.ts';
import type { HttpReply, HttpRequest, Limits } from '../domain/http.ts';
import type { PhextFile, ReachedObservation, Server } from '../domain/observation.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { Clock, Random, Shell } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { httpOver } from '../host/http.ts';
import type { KnownVersions } from '../host/parse-observation.ts';
import { unitShell } from '../host/unit-shell.ts';
import { adoptRunning } from '../plan/planned-instance.ts';
import { primaryPhext } from '../plan/primary-phext.ts';
import { type RunningInstance, seenInstances } from '../plan/seen.ts';
import { RELAY } from '../sq/relay.ts';
import type { Target } from '../sq/requests.ts';

/** What every check works with, beside its subject. */
export interface CheckPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** What programs are known to be. */
  readonly known: KnownVersions;
  readonly signal?: AbortSignal;
}

/** One running instance that is checked, while a connection to its host is open. */
export interface Subject {
  readonly spec: HostSpec;
  /** The connection that is open to its host. */
  readonly shell: Shell;
  readonly observation: ReachedObservation;
  readonly server: Server;
  readonly instance: PlannedInstance;
  /** Real path. */
  readonly binary: string;
  /** By its own word or by what its binary is known to be; undefined for one that nobody knows. */
  readonly version: Version | undefined;
  readonly phexts: readonly PhextFile[];
  /** The phext it is there for, without `.phext`; undefined where that cannot be told: then it is not asked. */
  readonly primary: string | undefined;
  /** `host:port`, for findings. */
  readonly place: string;
}

/** Phexts that an instance may be there for: not those of tests, and not the relay where there is anything else. */
function candidates(phexts: readonly PhextFile[]): readonly string[] {
  const names = phexts.map(({ name }) => name).filter((name) => !name.startsWith('ranch-'));
  const others = names.filter((name) => name !== RELAY);
  return others.length > 0 ? others : names;
}

function subjectOf(
  spec: HostSpec,
  shell: Shell,
  observation: ReachedObservation,
  seen: RunningInstance,
  known: KnownVersions,
): Subject | undefined {
  const instance = adoptRunning(seen, observation);
  if (!instance) return undefined;
  const { server, disk } = seen;
  const phexts = observation.dataDirs.find(({ path }) => path === instance.dataDir)?.phexts ?? [];
  return {
    spec,
    shell,
    observation,
    server,
    instance,
    binary: disk?.realPath ?? server.binary,
    version: server.running.version ?? known.get(server.running.sha256) ?? undefined,
    phexts,
    primary: primaryPhext(instance, candidates(phexts)),
    place: `${spec.name}:${instance.port}`,
  };
}

/** The running instances of a host that the inventory means, or all where it names none; `ports` narrows them. */
export function subjectsOn(
  spec: HostSpec,
  shell: Shell,
  observation: ReachedObservation,
  known: KnownVersions,
  ports: readonly number[] = [],
): readonly Subject[] {
  return seenInstances(spec, observation).flatMap((seen) => {
    if (seen.kind !== 'running' || !seen.managed) return [];
    const subject = subjectOf(spec, shell, observation, seen, known);
    if (!subject || (ports.length > 0 && !ports.includes(subject.instance.port))) return [];
    return [subject];
  });
}

/** The primary phext to ask with, and the key; undefined where the phext cannot be told. Throws `permission-denied`. */
export async function targetOf({ spec, shell, instance, primary }: Subject): Promise<Target | undefined> {
  if (primary === undefined) return undefined;
  const key = await unitShell(shell, spec).key(instance);
  return { phext: primary, ...(key ? { key } : {}) };
}

/** Asks a port of the host's own loopback. */
export type Ask = (request: HttpRequest) => Promise<HttpReply>;

/** Asks the instance, or another port of its host (a scratch server's), over the connection. Throws as `httpOver`. */
export function asker(
  { shell, instance }: Pick<Subject, 'shell' | 'instance'>,
  clock: Clock,
  limits: Limits,
  port = instance.port,
): Ask {
  return (request) => httpOver(shell, clock, port, request, limits);
}
