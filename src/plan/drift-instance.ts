import { asSha256 } from '../domain/brand.ts';
import type { DriftState, InstanceDrift } from '../domain/drift.ts';
import { type Aim, judgeBinary, type KnownReleases, type Verdict } from './judge.ts';
import type { MissingInstance, RunningInstance, SeenInstance, StoppedInstance } from './seen.ts';

interface Told {
  readonly state: DriftState;
  readonly reason: string;
}

/** How one instance differs from the target, with one clause that says why. */
export function driftOfInstance(seen: SeenInstance, aim: Aim, known: KnownReleases): InstanceDrift {
  const port = seen.port === undefined ? {} : { port: seen.port };
  switch (seen.kind) {
    case 'running':
      return { ...port, ...driftOfRunning(seen, aim, known) };
    case 'stopped': {
      const binary = seen.disk?.path ?? seen.service?.binary;
      return {
        ...port,
        state: 'stopped',
        reason: stoppedReason(seen),
        ...(binary === undefined ? {} : { binary }),
        ...(seen.service === undefined ? {} : { dataDir: seen.service.dataDir }),
      };
    }
    case 'missing':
      return { ...port, state: 'not-installed', reason: missingReason(seen) };
  }
}

function driftOfRunning(seen: RunningInstance, aim: Aim, known: KnownReleases): InstanceDrift {
  const { binary, dataDir, running } = seen.server;
  const runningSha = asSha256(running.sha256);
  const place = { binary, dataDir };
  if (runningSha === undefined) {
    const reason = `what process ${seen.server.pid} runs cannot be read: give the host \`become: sudo\``;
    return { state: 'unknown', reason, ...place };
  }
  const verdict = judgeBinary(running, aim, known);
  const told = withExtras(seen, tell(seen, verdict, aim, known));
  const version = verdict.version === undefined ? {} : { runningVersion: verdict.version };
  return { ...told, runningSha, ...version, ...place };
}

function tell(seen: RunningInstance, verdict: Verdict, aim: Aim, known: KnownReleases): Told {
  const runs = `runs ${verdict.text}`;
  if (!seen.managed) return { state: 'unmanaged', reason: `is not named by the inventory (${runs})` };
  if (seen.port === undefined) {
    return { state: 'unknown', reason: `${runs}, but listens on no port (yet): look again` };
  }
  const told = compareWithDisk(seen, verdict, aim, known);
  const { supervisor } = seen.server;
  if (supervisor.kind !== 'unsupported') return told;
  if (told.state === 'in-sync') {
    return { ...told, reason: `${told.reason}; ranch could not restart it: ${supervisor.reason}` };
  }
  return { state: 'unsupported', reason: `${told.reason}, and cannot be restarted: ${supervisor.reason}` };
}

/**
 * What runs, and what would run after the next restart. A server on the target whose file at the path is another
 * release is not in sync: a reboot would take it back.
 */
function compareWithDisk(seen: RunningInstance, verdict: Verdict, aim: Aim, known: KnownReleases): Told {
  const runs = `runs ${verdict.text}`;
  const { disk, server } = seen;
  if (disk === undefined) {
    const gone = server.replaced ? `; no file is at ${server.binary} any more` : '';
    return { state: verdict.state, reason: `${runs}${gone}` };
  }
  if (disk.identity.sha256 === server.running.sha256) return { state: verdict.state, reason: runs };
  const onDisk = judgeBinary(disk.identity, aim, known);
  const pinned = server.running.sha256 === aim.artifact?.sha256;
  if (onDisk.state === 'in-sync' && !pinned) {
    return { state: 'restart-needed', reason: `${runs}, while the file on disk is ${aim.version} already` };
  }
  const reason = `${runs}, while the file on disk is ${onDisk.text}`;
  const state = verdict.state === 'in-sync' && onDisk.state !== 'unknown' ? onDisk.state : verdict.state;
  return { state, reason };
}

function withExtras(seen: RunningInstance, told: Told): Told {
  if (seen.server.state !== 'T') return told;
  return { ...told, reason: `${told.reason}; it is frozen: a signal stopped it` };
}

function stoppedReason({ service, disk }: StoppedInstance): string {
  if (service !== undefined) {
    const { supervisor } = service;
    const unit = 'unit' in supervisor ? `unit ${supervisor.unit}` : 'a service';
    return `does not run; ${unit} would start ${service.binary}`;
  }
  return disk === undefined
    ? 'does not run; several binaries are there'
    : `does not run; a binary is at ${disk.path}`;
}

function missingReason({ spec }: MissingInstance): string {
  return spec?.binary === undefined ? 'no SQ was found' : `no SQ was found at ${spec.binary}`;
}
