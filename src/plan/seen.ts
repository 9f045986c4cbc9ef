import type { Binary, ReachedObservation, Server, StoppedService } from '../domain/observation.ts';
import type { HostSpec, InstanceSpec } from '../domain/ranch.ts';

/** A server that runs, with what the inventory says of it (if anything) and the file at its path (if any). */
export interface RunningInstance {
  readonly kind: 'running';
  readonly port: number | undefined;
  readonly spec: InstanceSpec | undefined;
  readonly server: Server;
  readonly disk: Binary | undefined;
  /** False for a server that the inventory does not name, on a host for which it names others. */
  readonly managed: boolean;
}

/** A server that could run and does not. */
export interface StoppedInstance {
  readonly kind: 'stopped';
  readonly port: number | undefined;
  readonly spec: InstanceSpec | undefined;
  readonly service: StoppedService | undefined;
  /** Undefined where nothing is there or several binaries are and nothing says which. */
  readonly disk: Binary | undefined;
}

/** A server that the inventory wants and for which the host has no binary. */
export interface MissingInstance {
  readonly kind: 'missing';
  readonly port: number | undefined;
  readonly spec: InstanceSpec | undefined;
}

export type SeenInstance = RunningInstance | StoppedInstance | MissingInstance;

/** The port of a server: what it listens on, else (while it starts) what it was asked to: `host 1337`. */
export function portOf(server: Server): number | undefined {
  if (server.port !== undefined) return server.port;
  const [command, port] = server.args;
  return command === 'host' && port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined;
}

/** The file at a path of this host, by the path itself or by where its symbolic links lead. */
export function findBinary(observation: ReachedObservation, path: string | undefined): Binary | undefined {
  return observation.binaries.find((binary) => binary.path === path || binary.realPath === path);
}

/** A path of the inventory as the host knows it: a leading `~/` is the home of whoever ranch is there. */
export function expandHome(path: string, home: string): string {
  return path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
}

/**
 * Matches what the inventory names to what was found, by port. Where the inventory names no instance, all that is
 * found on the host is managed.
 */
export function seenInstances(host: HostSpec, observation: ReachedObservation): readonly SeenInstance[] {
  return host.instances.length === 0 ? found(observation) : named(host, observation);
}

function running(
  observation: ReachedObservation,
  server: Server,
  spec: InstanceSpec | undefined,
  managed: boolean,
): RunningInstance {
  const disk = findBinary(observation, server.binary);
  return { kind: 'running', port: portOf(server), spec, server, disk, managed };
}

function found(observation: ReachedObservation): readonly SeenInstance[] {
  const servers = observation.servers.map((server) => running(observation, server, undefined, true));
  const stopped = observation.stopped
    .filter(({ port }) => port === undefined || !servers.some((server) => server.port === port))
    .map((service): StoppedInstance => {
      const disk = findBinary(observation, service.binary);
      return { kind: 'stopped', port: service.port, spec: undefined, service, disk };
    });
  if (servers.length + stopped.length > 0) return [...servers, ...stopped];
  if (observation.binaries.length === 0) return [{ kind: 'missing', port: undefined, spec: undefined }];
  const disk = onlyBinary(observation);
  return [{ kind: 'stopped', port: undefined, spec: undefined, service: undefined, disk }];
}

function named(host: HostSpec, observation: ReachedObservation): readonly SeenInstance[] {
  const taken = new Set<Server>();
  const wanted = host.instances.map((spec) => {
    const server = observation.servers.find((each) => portOf(each) === spec.port);
    if (server === undefined) return notRunning(spec, observation);
    taken.add(server);
    return running(observation, server, spec, true);
  });
  const others = observation.servers.filter((server) => !taken.has(server));
  return [...wanted, ...others.map((server) => running(observation, server, undefined, false))];
}

function notRunning(spec: InstanceSpec, observation: ReachedObservation): SeenInstance {
  const { port } = spec;
  const service = observation.stopped.find((each) => each.port === port);
  if (service !== undefined) {
    return { kind: 'stopped', port, spec, service, disk: findBinary(observation, service.binary) };
  }
  if (spec.binary !== undefined) {
    const disk = findBinary(observation, expandHome(spec.binary, observation.home));
    return disk === undefined
      ? { kind: 'missing', port, spec }
      : { kind: 'stopped', port, spec, service, disk };
  }
  if (observation.binaries.length === 0) return { kind: 'missing', port, spec };
  return { kind: 'stopped', port, spec, service, disk: onlyBinary(observation) };
}

function onlyBinary(observation: ReachedObservation): Binary | undefined {
  return observation.binaries.length === 1 ? observation.binaries[0] : undefined;
}
