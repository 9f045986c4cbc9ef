import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { RanchError } from '../../domain/errors.ts';
import { escapeText } from '../../domain/excerpt.ts';
import { codeOf } from '../../store/trouble.ts';

/** SQ is 1 MB; a debug build 20 MB. A file beyond this was not meant. */
export const MAX_PROGRAM_BYTES = 128 * 1024 * 1024;

function invalid(path: string, message: string, remedy: string, cause?: unknown): RanchError {
  return new RanchError({ code: 'artifact-invalid', place: escapeText(path), message, remedy }, { cause });
}

/** O_NONBLOCK: a named pipe must not make us wait for somebody to write into it. */
async function readRegular(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw invalid(path, 'is not a file', 'Name the program itself.');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of file.createReadStream({ end: MAX_PROGRAM_BYTES, autoClose: false })) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      size += bytes.length;
    }
    if (size <= MAX_PROGRAM_BYTES) return Buffer.concat(chunks, size);
    const megabytes = MAX_PROGRAM_BYTES / 1024 / 1024;
    const message = `is too large for an SQ (more than ${megabytes} MB)`;
    throw invalid(path, message, 'Name the program itself, not an image or archive.');
  } finally {
    await file.close();
  }
}

/**
 * A program's bytes, read once, so that what is looked at, run and stored is the same whatever happens to the file
 * meanwhile. At most 128 MiB. Throws `artifact-missing` when there is no such file, `artifact-invalid` when it cannot
 * be read or is no regular file.
 */
export async function readProgram(path: string): Promise<Buffer> {
  try {
    return await readRegular(path);
  } catch (error) {
    if (error instanceof RanchError) throw error;
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw invalid(path, `cannot be read (${code})`, 'Give yourself the right to read it.', error);
    }
    const [place, message] = [escapeText(path), 'there is no such file'];
    const remedy = 'Name the program to register, for example `~/.cargo/bin/sq`.';
    throw new RanchError({ code: 'artifact-missing', place, message, remedy }, { cause: error });
  }
}
