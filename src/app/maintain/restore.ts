import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { asSha256, type HostName } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import type { Lease } from '../../host/unit-host.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { actUnderLease, LEASE_SECONDS, underLease } from './act.ts';
import type { Chosen } from './choose.ts';
import { hostNamed, type MaintainContext, visit } from './context.ts';
import { type Found, findInstances, mustBeKnown } from './find.ts';
import { findBackup, type ProvenBackup, proveBackup } from './find-backup.ts';
import type { InstanceOutcome } from './outcome.ts';
import { type Verified, verifyRestored } from './verify-restored.ts';

/** What came of a restore. */
export interface RestoreOutcome {
  readonly host: HostName;
  readonly backup: string;
  readonly instance: InstanceOutcome;
  readonly verified: Verified;
}

/** How a restore is to be done. */
export interface RestoreWish {
  /** Left out: the port that the backup is of. */
  readonly port?: number;
  /** The backup may be of another host. */
  readonly fromOther?: boolean;
}

function mustBeOwn(spec: HostSpec, { folder, manifest }: ProvenBackup, fromOther: boolean): void {
  if (manifest.host === spec.name || fromOther) return;
  throw new RanchError({
    code: 'acknowledgement-missing',
    place: folder,
    message: `this is a backup of ${manifest.host}, not of ${spec.name}`,
    remedy: 'Name a backup of that host, or take it on with `--from-other`.',
  });
}

/** Sends the files to a place beside the live ones, each proven there. The lease is renewed before each. */
async function send(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  lease: Lease,
  dataDir: string,
  { folder, manifest }: ProvenBackup,
): Promise<void> {
  const host = maintainShell(shell, spec, context.signal);
  const total = manifest.phexts.reduce((sum, { bytes }) => sum + bytes, 0);
  await host.restoreBegin(lease, dataDir, total);
  for (const { name, sha256: text } of manifest.phexts) {
    const sha256 = asSha256(text);
    if (!sha256) continue;
    await unitShell(shell, spec).lease(lease.binary, lease.holder, LEASE_SECONDS);
    await host.restorePut(lease, dataDir, { name, sha256 }, () =>
      createReadStream(join(folder, `${name}.phext`)),
    );
  }
  await unitShell(shell, spec).lease(lease.binary, lease.holder, LEASE_SECONDS);
}

/** Sends, exchanges, and tells what became of the instance. */
async function exchange(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  { binary, instance }: Chosen,
  backup: ProvenBackup,
): Promise<InstanceOutcome> {
  return await underLease(context, shell, spec, binary, async (lease) => {
    try {
      await send(context, shell, spec, lease, instance.dataDir, backup);
      const act = { verb: 'restore', instances: [instance] } as const;
      const [acted] = await actUnderLease(context, shell, spec, lease, act);
      if (!acted) throw new Error('a restore told of no instance');
      return { ...acted, binary };
    } catch (error) {
      // What was sent and not used goes; what went wrong counts.
      await maintainShell(shell, spec)
        .restoreEnd(lease, instance.dataDir)
        .catch(() => undefined);
      throw error;
    }
  });
}

/** The one instance that is meant. */
async function target(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  port: number,
): Promise<{ readonly found: Found; readonly chosen: Chosen }> {
  const found = await findInstances(context, shell, spec, { ports: [port] });
  mustBeKnown(spec, found);
  const [chosen] = found.chosen;
  if (!chosen) throw new Error('mustBeKnown lets nothing unknown pass');
  return { found, chosen };
}

/**
 * Puts the files of a backup in the place of an instance's own: proven here, sent and proven there, then a quiet stop, a
 * snapshot of what is there, renames, a start, and a look at what SQ serves. Phexts that the backup does not hold are
 * left alone and told (`instance.left`). An instance that was stopped stays stopped. Where SQ does not start on the
 * restored files the old ones are put back. Throws `no-such-backup`, `backup-invalid`, `acknowledgement-missing`,
 * `host-locked`, `never-quiet`, `disk-full`, `switch-failed`, `verify-failed`, the connecting codes.
 */
export async function restoreHost(
  context: MaintainContext,
  host: string,
  backup: string,
  wish: RestoreWish = {},
): Promise<RestoreOutcome> {
  const spec = hostNamed(context.ranch, host);
  const ports = wish.port === undefined ? [] : [wish.port];
  const proven = await proveBackup(await findBackup(context.stateDir, spec.name, backup, ports));
  mustBeOwn(spec, proven, wish.fromOther ?? false);
  return await visit(context, spec, async (shell) => {
    const { found, chosen } = await target(context, shell, spec, wish.port ?? proven.manifest.port);
    const instance = await exchange(context, shell, spec, chosen, proven);
    const verified = await verifyRestored(context, shell, spec, chosen, found.observation, proven, instance);
    return { host: spec.name, backup: proven.folder, instance, verified };
  });
}
