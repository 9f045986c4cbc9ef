import { createHash } from 'node:crypto';
import { RanchError } from '../../domain/errors.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import type { KeptContent, SnapshotPhext } from '../../host/maintain-host.ts';
import { underLease } from '../maintain/act.ts';
import type { MaintainContext } from '../maintain/context.ts';
import { MAX_PHEXT_BYTES } from './candidate.ts';
import type { ContentPlace } from './place.ts';

/** Reads a file that lies still on a host. Throws `answer-too-large`, `upload-corrupt`. */
async function bring(
  { signal }: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  binary: string,
  phext: SnapshotPhext,
): Promise<Uint8Array> {
  if (phext.bytes > MAX_PHEXT_BYTES) {
    throw new RanchError({
      code: 'answer-too-large',
      place: spec.name,
      message: `${phext.path} has ${phext.bytes} bytes, and ranch takes ${MAX_PHEXT_BYTES} at most`,
      remedy: 'Move it away on the host by hand.',
    });
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of maintainShell(shell, spec, signal).read(binary, phext)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (createHash('sha256').update(bytes).digest('hex') === phext.sha256) return bytes;
  throw new RanchError({
    code: 'upload-corrupt',
    place: spec.name,
    message: `what arrived of ${phext.path} is not ${phext.sha256}`,
    remedy: 'Try again; if it stays, look at the network and at the memory of the host.',
  });
}

/**
 * A phext as its file on the host has it at a quiet moment, without a word to SQ: so for every version, and whether it
 * runs or not. Undefined where there is none.
 */
export async function currentFile(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  { chosen, phexts }: ContentPlace,
  phext: string,
): Promise<Uint8Array | undefined> {
  if (!phexts.some(({ name }) => name === phext)) return undefined;
  const { binary, instance } = chosen;
  const host = maintainShell(shell, spec, context.signal);
  return await underLease(context, shell, spec, binary, async (lease) => {
    try {
      const snapshot = await host.snapshotOne(lease, instance, phext);
      return snapshot && (await bring(context, shell, spec, binary, snapshot));
    } finally {
      // What was read counts; a snapshot that stays is removed with the next one.
      await host.dropSnapshot(lease, [instance]).catch(() => undefined);
    }
  });
}

/** A content that a deploy replaced, read from where it is kept. */
export async function keptFile(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  { chosen }: ContentPlace,
  phext: string,
  { folder, bytes, sha256, at }: KeptContent,
): Promise<Uint8Array | undefined> {
  if (sha256 === undefined) return undefined;
  const { binary, instance } = chosen;
  const path = `${keptPath(instance.dataDir, folder)}/${phext}.phext`;
  const file = { port: instance.port, name: phext, path, bytes, sha256, mtime: at };
  return await bring(context, shell, spec, binary, file);
}

/** Where on a host a deploy keeps what it replaced. */
export function keptPath(dataDir: string, folder: string): string {
  return `${dataDir}/.ranch/content/${folder}`;
}
