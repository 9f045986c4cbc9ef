import { RanchError } from '../domain/errors.ts';

/** SQLite's result code (`SQLITE_FULL`) or the system's (`ENOSPC`) of a thrown thing; undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True for what SQLite answers when a file is not a database or not a sound one. */
export function saysCorrupt(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

/** What to do, by the start of the code; the first that fits counts. */
const REMEDIES: readonly (readonly [start: string, remedy: string])[] = [
  [
    'SQLITE_FULL',
    'Free some space on this disk, then run the command again; what was recorded before is kept.',
  ],
  ['ENOSPC', 'Free some space on this disk, then run the command again; what was recorded before is kept.'],
  ['EDQUOT', 'Free some of your disk quota, then run the command again; what was recorded before is kept.'],
  [
    'SQLITE_READONLY',
    'Make the state folder and its files writable for you, or name another with `--state`.',
  ],
  ['EROFS', 'This file system is read-only; name a state folder elsewhere with `--state`.'],
  [
    'SQLITE_CANTOPEN',
    'Make the state folder and its files yours and readable, or name another with `--state`.',
  ],
  ['SQLITE_PERM', 'Make the state folder and its files yours and readable, or name another with `--state`.'],
  ['EACCES', 'Make the state folder and its files yours, or name another with `--state`.'],
  ['EPERM', 'Make the state folder and its files yours, or name another with `--state`.'],
  ['ENOTDIR', 'A file is in the way of the state folder; name another with `--state`.'],
  ['EEXIST', 'A file is in the way of the state folder; name another with `--state`.'],
  ['SQLITE_BUSY', 'Another ranch is writing to this state folder; run the command again.'],
  [
    'SQLITE_IOERR',
    'Look at this disk (`dmesg`), then run the command again; what was recorded before is kept.',
  ],
];

/** Result codes of SQLite that this machine can cause; the others (a wrong statement, a broken rule) are defects. */
const SQLITE_FAILURE = /^SQLITE_(?!ERROR|CONSTRAINT|MISUSE|MISMATCH|RANGE)/;

/** The system's own codes, `EIO`, and not Node's, `ERR_INVALID_ARG_TYPE`. */
const SYSTEM_FAILURE = /^E[A-Z0-9]+$/;

/**
 * What this machine's disk or SQLite threw, as `store-failed` with the file and what to do. A `RanchError` passes as
 * it is; a thing without a code is a defect and passes too.
 */
export function diskTrouble(place: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof RanchError || code === undefined) return error;
  const known = REMEDIES.find(([start]) => code.startsWith(start));
  if (known === undefined && !(SQLITE_FAILURE.test(code) || SYSTEM_FAILURE.test(code))) return error;
  return new RanchError(
    {
      code: 'store-failed',
      place,
      message: `the state could not be read or written (${code})`,
      remedy: known?.[1] ?? 'Look at this file and its disk, or name another state folder with `--state`.',
    },
    { cause: error },
  );
}
