import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { asSha256, type Sha256, short } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import type { ArtifactSource } from '../../execute/execution.ts';
import { makePrivateDir } from '../../store/layout.ts';
import { codeOf, diskTrouble } from '../../store/trouble.ts';
import { writeDurably } from './write-durably.ts';

/** Only its owner reads it; it is never run from here. */
const FILE_MODE = 0o600;

/** What a killed `put` left is swept after this long: no write of a program takes that. */
const LEFTOVER_AFTER_MS = 24 * 3_600_000;

const REGISTER_AGAIN =
  'Register it again from the same build with `ranch artifact add FILE --version VERSION`; `ranch artifact verify` tells which are whole.';

/** A file as it was when it was found whole: any change of it means that it is read again. */
interface Verified {
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** By what a binary is known. */
export function sha256Of(content: Uint8Array): Sha256 {
  const sha256 = asSha256(createHash('sha256').update(content).digest('hex'));
  if (sha256 === undefined) throw new Error('a sha256 is 64 hex digits');
  return sha256;
}

/** A thrown thing of the file system: `artifact-missing` where there is no file, else `store-failed`. */
function trouble(path: string, sha256: Sha256, error: unknown): unknown {
  if (codeOf(error) !== 'ENOENT') return diskTrouble(path, error);
  const message = `the binary ${short(sha256)} is not in the state folder`;
  return new RanchError(
    { code: 'artifact-missing', place: path, message, remedy: REGISTER_AGAIN },
    { cause: error },
  );
}

/** The controller's own binaries: one file each in `stateDir/artifacts`, named by its sha256. */
export class ArtifactStore implements ArtifactSource {
  readonly dir: string;
  readonly #verified = new Map<Sha256, Verified>();

  /** Touches nothing until something is put. */
  constructor(stateDir: string) {
    this.dir = join(stateDir, 'artifacts');
  }

  /** Where a binary lies, or would lie. */
  path(sha256: Sha256): string {
    return join(this.dir, sha256);
  }

  /**
   * Stores a binary, durably; gives its sha256. What is there and whole stays, what is there and damaged is replaced.
   * Throws `store-failed`.
   */
  async put(content: Uint8Array): Promise<Sha256> {
    const sha256 = sha256Of(content);
    if (await this.#isWhole(sha256)) return sha256;
    makePrivateDir(this.dir);
    try {
      await this.#sweep();
      const fresh = join(this.dir, `${randomBytes(8).toString('hex')}.new`);
      await writeDurably(this.path(sha256), fresh, async () => content, FILE_MODE);
    } catch (error) {
      throw diskTrouble(this.path(sha256), error);
    }
    return sha256;
  }

  /**
   * Size in bytes. The first time in a process, and whenever the file changed since, its sha256 is checked too. Throws
   * `artifact-missing`, `artifact-invalid` when the file is another one than its name says, `store-failed`.
   */
  async bytes(sha256: Sha256): Promise<number> {
    const path = this.path(sha256);
    try {
      const { size: bytes, mtimeMs, ino } = await stat(path);
      const before = this.#verified.get(sha256);
      if (before?.bytes === bytes && before.mtimeMs === mtimeMs && before.ino === ino) return bytes;
      await this.#verify(path, sha256);
      this.#verified.set(sha256, { bytes, mtimeMs, ino });
      return bytes;
    } catch (error) {
      throw trouble(path, sha256, error);
    }
  }

  /** The bytes, as a stream; it fails with `artifact-missing` or `store-failed`. */
  open(sha256: Sha256): Readable {
    const path = this.path(sha256);
    async function* content(): AsyncGenerator<Uint8Array> {
      try {
        yield* createReadStream(path);
      } catch (error) {
        throw trouble(path, sha256, error);
      }
    }
    return Readable.from(content(), { objectMode: false });
  }

  async #verify(path: string, sha256: Sha256): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    const found = hash.digest('hex');
    if (found === sha256) return;
    throw new RanchError({
      code: 'artifact-invalid',
      place: path,
      message: `the stored binary is damaged: its sha256 is ${found}`,
      remedy: REGISTER_AGAIN,
    });
  }

  async #isWhole(sha256: Sha256): Promise<boolean> {
    try {
      await this.bytes(sha256);
      return true;
    } catch (error) {
      const code = error instanceof RanchError ? error.code : undefined;
      if (code === 'artifact-missing' || code === 'artifact-invalid') return false;
      throw error;
    }
  }

  async #sweep(): Promise<void> {
    const names = (await readdir(this.dir)).filter((name) => name.endsWith('.new'));
    for (const name of names) {
      const file = join(this.dir, name);
      try {
        if (Date.now() - (await stat(file)).mtimeMs > LEFTOVER_AFTER_MS) await rm(file, { force: true });
      } catch (error) {
        // Its writer has just renamed it.
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
  }
}
