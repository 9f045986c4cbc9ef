import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Artifact } from '../../domain/artifact.ts';
import { RanchError } from '../../domain/errors.ts';
import { escapeText } from '../../domain/excerpt.ts';
import { parseLock, writeLock } from '../../inventory/lock.ts';
import { readText } from '../../inventory/read-text.ts';
import { codeOf } from '../../store/trouble.ts';
import { writeDurably } from './write-durably.ts';

/** Committed beside the inventory and read by everybody who may read that. */
const FILE_MODE = 0o644;

/** Another ranch holds the file for a few milliseconds, on a slow disk for a second; one that was killed holds it for ever. */
const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** `ranch.lock` beside an inventory file. */
export function lockFileOf(inventoryFile: string): string {
  return join(dirname(inventoryFile), 'ranch.lock');
}

function troubleOfFile(file: string, message: string, remedy: string, cause?: unknown): RanchError {
  return new RanchError({ code: 'artifact-invalid', place: escapeText(file), message, remedy }, { cause });
}

/**
 * The artifacts pinned in a lock file, oldest version first; none where there is no such file. Throws
 * `artifact-invalid` with everything that is wrong in it, or when it cannot be read.
 */
export async function readLockFile(file: string): Promise<readonly Artifact[]> {
  const read = await readText(file);
  if (read.kind === 'missing') return [];
  if (read.kind === 'text') return parseLock(read.text, file);
  const remedy = 'Give yourself the right to read it.';
  throw troubleOfFile(file, `cannot be read (${escapeText(read.reason)})`, remedy, read.cause);
}

/** A link is followed: what it points at is replaced, not the link. */
async function resolved(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return file;
    throw error;
  }
}

async function modeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).mode & 0o777;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return FILE_MODE;
    throw error;
  }
}

function heldByAnother(fresh: string): RanchError {
  return new RanchError({
    code: 'state-locked',
    place: escapeText(fresh),
    message: 'another ranch is writing the lock file, or one was killed while it did',
    remedy: 'Wait until it is done; when no ranch is running, remove this file and try again.',
  });
}

/** The text to write, read once as everybody will read it: what cannot be read again is never written. */
function textOf(artifacts: readonly Artifact[], file: string): string {
  const text = writeLock(artifacts);
  parseLock(text, file);
  return text;
}

async function rewrite(
  file: string,
  change: (pinned: readonly Artifact[]) => readonly Artifact[],
): Promise<void> {
  const path = await resolved(file);
  const fresh = `${path}.new`;
  const mode = await modeOf(path);
  const until = performance.now() + WAIT_MS;
  for (;;) {
    try {
      // What holds others off is the new file itself: whoever made it reads, changes and renames alone.
      await writeDurably(path, fresh, async () => textOf(change(await readLockFile(file)), file), mode);
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (performance.now() > until) throw heldByAnother(fresh);
      await pause(LOOK_EVERY_MS);
    }
  }
}

/**
 * Reads a lock file, lets `change` say what it should hold, and writes that durably; two at once wait for each other.
 * What `change` throws leaves the file as it was. Throws `artifact-invalid`, `state-locked`.
 */
export async function changeLockFile(
  file: string,
  change: (pinned: readonly Artifact[]) => readonly Artifact[],
): Promise<void> {
  try {
    await rewrite(file, change);
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof RanchError || code === undefined) throw error;
    const remedy = 'Make its folder writable for you, with some space free, then try again.';
    throw troubleOfFile(file, `cannot be written (${code})`, remedy, error);
  }
}
