import type { ReachedObservation } from '../domain/observation.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { InstanceSpec } from '../domain/ranch.ts';
import { expandHome, type MissingInstance, type RunningInstance, type StoppedInstance } from './seen.ts';

/** Bytes of the phext files in a data directory; 0 where it was not seen. */
function dataBytesOf(observation: ReachedObservation, dataDir: string): number {
  const found = observation.dataDirs.find((dir) => dir.path === dataDir);
  return (found?.phexts ?? []).reduce((sum, phext) => sum + phext.bytes, 0);
}

function fromSpec(spec: InstanceSpec | undefined): Pick<PlannedInstance, 'phext' | 'keyFile'> {
  return {
    ...(spec?.phext === undefined ? {} : { phext: spec.phext }),
    ...(spec?.keyFile === undefined ? {} : { keyFile: spec.keyFile }),
  };
}

/** A running server as it was adopted; undefined while its port is not known. */
export function adoptRunning(
  { port, server, spec }: RunningInstance,
  observation: ReachedObservation,
): PlannedInstance | undefined {
  if (port === undefined) return undefined;
  const { pid, startTicks, supervisor, user, dataDir } = server;
  const dataBytes = dataBytesOf(observation, dataDir);
  const keyed = server.hasKey ? { keyed: true as const } : {};
  return { port, pid, startTicks, supervisor, user, dataDir, ...fromSpec(spec), ...keyed, dataBytes };
}

/**
 * A stopped server as it would be started: by its service as that says, else as a bare process on the data
 * directory that the inventory gives. A string names what is missing for that. Its user is the binary's owner under
 * a service (which starts it as whom it will), else whoever ranch is on the host.
 */
export function adoptStopped(
  { port, service, spec, disk }: StoppedInstance,
  observation: ReachedObservation,
): PlannedInstance | string {
  if (port === undefined) return 'its port is not known: name it in the inventory';
  if (service !== undefined) {
    const { supervisor, dataDir } = service;
    if (supervisor.kind === 'unsupported') return `it cannot be started: ${supervisor.reason}`;
    const owner = supervisor.kind === 'systemd-system' ? disk?.owner.split(':')[0] : undefined;
    const user = owner || observation.user;
    return {
      port,
      supervisor,
      user,
      dataDir,
      ...fromSpec(spec),
      dataBytes: dataBytesOf(observation, dataDir),
    };
  }
  if (disk === undefined) return 'which binary it uses is not known: give `binary` in the inventory';
  return bareInstance(port, spec, observation);
}

/** A first instance, started as a bare process of whoever ranch is on the host. A string names what is missing. */
export function adoptMissing(
  { port, spec }: MissingInstance,
  observation: ReachedObservation,
): PlannedInstance | string {
  if (port === undefined)
    return 'give `instances` with port, binary and dataDir in the inventory to install it';
  if (spec?.binary === undefined) return 'give `binary` (and `dataDir`) in the inventory to install it';
  const absolute = expandHome(spec.binary, observation.home).startsWith('/');
  if (!absolute) return '`binary` must be an absolute path, or begin with `~/`';
  return bareInstance(port, spec, observation);
}

function bareInstance(
  port: number,
  spec: InstanceSpec | undefined,
  observation: ReachedObservation,
): PlannedInstance | string {
  if (spec?.dataDir === undefined) return 'where its data lies is not known: give `dataDir` in the inventory';
  const dataDir = expandHome(spec.dataDir, observation.home);
  if (!dataDir.startsWith('/')) return '`dataDir` must be an absolute path, or begin with `~/`';
  const dataBytes = dataBytesOf(observation, dataDir);
  return {
    port,
    supervisor: { kind: 'bare' },
    user: observation.user,
    dataDir,
    ...fromSpec(spec),
    dataBytes,
  };
}
