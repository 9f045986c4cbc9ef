import { open } from 'node:fs/promises';
import { MAX_BYTES } from './yaml-text.ts';

/** What reading a file gave. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly cause: unknown };

/** The system's word for a failed call: `ENOENT`. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** At most one byte more than a file of ours may have: enough to know that it is too large. */
async function readBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** Reads a text file, never more than a megabyte of it, whatever it is. Bytes that are no UTF-8 become U+FFFD, which is refused later. */
export async function readText(path: string): Promise<FileText> {
  try {
    return {
      kind: 'text',
      text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readBytes(path)),
    };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return { kind: 'unreadable', reason: code || String(error), cause: error };
  }
}
