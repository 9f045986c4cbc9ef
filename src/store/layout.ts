import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { diskTrouble } from './trouble.ts';

/** Where things lie in a state directory. */
export interface Layout {
  readonly dir: string;
  /** The database; SQLite puts `-wal` and `-shm` beside it. */
  readonly database: string;
  /** The database whose lock is the controller's lock. It holds nothing. */
  readonly lock: string;
  /** Who holds the lock, for people. */
  readonly holder: string;
  readonly backups: string;
}

/** The layout of a state directory; touches nothing. */
export function layoutOf(dir: string): Layout {
  return {
    dir,
    database: join(dir, 'ranch.sqlite'),
    lock: join(dir, 'lock'),
    holder: join(dir, 'lock.json'),
    backups: join(dir, 'backups'),
  };
}

/** Makes a directory that only its owner may enter, or makes it so. Throws `store-failed`. */
export function makePrivateDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
  } catch (error) {
    throw diskTrouble(dir, error);
  }
}

/**
 * Makes an empty file that only its owner may read, or makes an existing one so. Meant to run before SQLite opens
 * it: the files that SQLite puts beside a database take its mode. Throws `store-failed`.
 */
export function makePrivateFile(file: string): void {
  try {
    // An existing database is never opened here: to close any descriptor of it would drop the locks of this process.
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    throw diskTrouble(file, error);
  }
}
