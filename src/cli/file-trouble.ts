import type { Trouble } from '../domain/errors.ts';

/** What the system says of a file that it does not let us use, and what to do about it. */
const SAID: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  EACCES: ['is not open to this user', 'Give yourself the right to it, or name another place.'],
  EPERM: ['is not open to this user', 'Give yourself the right to it, or name another place.'],
  EROFS: ['lies on a read-only file system', 'Name a place that can be written to.'],
  ENOENT: ['is not there, or its folder is not', 'Make the folder, or name another place.'],
  ENOTDIR: ['has a file where a folder is needed', 'Name another place.'],
  EISDIR: ['is a folder', 'Name a file.'],
  ENOSPC: ['has no room left on its disk', 'Free some space, then run the command again.'],
  EDQUOT: ['has no room left in your quota', 'Free some space, then run the command again.'],
};

/**
 * A failure of a file of this machine, which is the user's to mend and no defect of ranch. Undefined for anything else.
 */
export function fileTrouble(error: unknown): Trouble | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const { code, path } = error;
  if (typeof code !== 'string' || typeof path !== 'string') return undefined;
  const said = SAID[code];
  if (said === undefined) return undefined;
  const [message, remedy] = said;
  return { code: 'file-failed', place: path, message: `${message} (${code})`, remedy };
}
