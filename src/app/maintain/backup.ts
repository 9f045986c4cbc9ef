import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostName } from '../../domain/brand.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { LEASE_SECONDS, underLease } from './act.ts';
import { byBinary, type Chosen } from './choose.ts';
import { hostNamed, type InstanceChoice, type MaintainContext, visit } from './context.ts';
import { fetchPhext } from './fetch-phext.ts';
import { type Found, findInstances, mustBeKnown } from './find.ts';
import { type BackedUpPhext, type BackupManifest, MANIFEST } from './manifest.ts';
import { isSaved, runningVersion, type Saved } from './saved.ts';

/** One backup: one instance at one quiet moment. */
export interface Backup {
  readonly folder: string;
  readonly manifest: BackupManifest;
  readonly saved: Saved;
  /** Names of phexts that SQ could not load: kept as they are, a reason to look at the host. */
  readonly damaged: readonly string[];
}

/** The backups of one host. */
export interface HostBackup {
  readonly host: HostName;
  readonly backups: readonly Backup[];
}

/** Where backups go: `stateDir/backups`, where none is named. */
export function backupRoot(stateDir: string, to?: string): string {
  return to ?? join(stateDir, 'backups');
}

/** A moment as a folder's name: in order of time, valid everywhere. */
function momentName(at: number): string {
  return new Date(at).toISOString().replaceAll(':', '-');
}

interface Writing {
  readonly context: MaintainContext;
  readonly spec: HostSpec;
  readonly found: Found;
  readonly root: string;
}

function manifestOf(
  { context, spec }: Writing,
  chosen: Chosen,
  saved: Saved,
  phexts: readonly BackedUpPhext[],
  at: number,
): BackupManifest {
  const { instance, running } = chosen;
  const version = runningVersion(context, chosen);
  return {
    kind: 'backup',
    format: 1,
    host: spec.name,
    port: instance.port,
    takenAt: new Date(at).toISOString(),
    dataDir: instance.dataDir,
    ...(running ? { sq: { sha256: running.sha256, ...(version ? { version } : {}) } } : {}),
    saved: saved.kind === 'not-asked' ? saved.why : saved.kind,
    phexts: [...phexts],
  };
}

/** Brings one instance's snapshot here. The folder has its name only when all in it is proven. */
async function store(
  writing: Writing,
  chosen: Chosen,
  saved: Saved,
  fetch: (folder: string) => Promise<readonly BackedUpPhext[]>,
): Promise<Backup> {
  const { context, spec, root } = writing;
  const at = context.clock.now();
  const parent = join(root, spec.name, String(chosen.instance.port));
  const folder = join(parent, momentName(at));
  const partial = join(parent, `.partial-${momentName(at)}-${context.random.hex(6)}`);
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const phexts = await fetch(partial);
    const manifest = manifestOf(writing, chosen, saved, phexts, at);
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    await rename(partial, folder);
    const damaged = phexts.flatMap(({ valid, name }) => (valid ? [] : [name]));
    return { folder, manifest, saved, damaged };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Snapshots the instances of one binary and brings them here, under one lease. */
async function backUpUnit(
  writing: Writing,
  shell: Shell,
  binary: string,
  group: readonly Chosen[],
): Promise<readonly Backup[]> {
  const { context, spec, found } = writing;
  const host = maintainShell(shell, spec, context.signal);
  const instances = group.map(({ instance }) => instance);
  return await underLease(context, shell, spec, binary, async (lease) => {
    const snapshots = await host.snapshot(lease, instances);
    const backups: Backup[] = [];
    for (const chosen of group) {
      const saved = await isSaved(context, shell, spec, chosen, found.observation);
      const own = snapshots.filter(({ port }) => port === chosen.instance.port);
      const fetchAll = async (folder: string) => {
        const phexts: BackedUpPhext[] = [];
        for (const phext of own) {
          await unitShell(shell, spec).lease(binary, lease.holder, LEASE_SECONDS);
          phexts.push(await fetchPhext(host, binary, phext, folder));
        }
        return phexts;
      };
      backups.push(await store(writing, chosen, saved, fetchAll));
    }
    await host.dropSnapshot(lease, instances);
    return backups;
  });
}

/**
 * Copies the phext files of a host's instances at a quiet moment (SQ stands still for some milliseconds) and brings them
 * here, proven: `backups/HOST/PORT/TIME/` with a manifest. Instances that do not run are copied as they lie. Throws
 * `host-locked`, `never-quiet`, `disk-full`, `upload-corrupt`, `host-unsupported`, the connecting codes.
 */
export async function backupHost(
  context: MaintainContext,
  host: string,
  wish: InstanceChoice & { readonly to?: string } = {},
): Promise<HostBackup> {
  const spec = hostNamed(context.ranch, host);
  return await visit(context, spec, async (shell) => {
    const found = await findInstances(context, shell, spec, wish);
    mustBeKnown(spec, found);
    const writing = { context, spec, found, root: backupRoot(context.stateDir, wish.to) };
    const backups: Backup[] = [];
    for (const [binary, group] of byBinary(found.chosen)) {
      backups.push(...(await backUpUnit(writing, shell, binary, group)));
    }
    return { host: spec.name, backups };
  });
}
