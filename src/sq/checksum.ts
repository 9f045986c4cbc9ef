import { createXXHash128, type IHasher } from 'hash-wasm';
import { phextPieces, type Scroll, scrollsOf } from './phext.ts';

let hasher: Promise<IHasher> | undefined;

/** xxh3-128 as 32 hex digits. The hasher is shared: nothing else runs between its `init` and its `digest`. */
async function hash(parts: Iterable<Uint8Array>): Promise<string> {
  hasher ??= createXXHash128();
  const xxh3 = (await hasher).init();
  for (const part of parts) xxh3.update(part);
  return xxh3.digest('hex');
}

/**
 * What SQ's `checksum` says of a phext, given as a file's bytes or as scrolls: the hash of its scrolls imploded
 * again. So a file that SQ did not write (trailing breaks, an odd order) can have the checksum of another file.
 */
export async function checksum(phext: Uint8Array | Iterable<Scroll>): Promise<string> {
  return await hash(phextPieces(phext instanceof Uint8Array ? scrollsOf(phext) : phext));
}

/** The checksum of one scroll's bytes, as `delta` compares them. */
export async function hashScroll(bytes: Uint8Array): Promise<string> {
  return await hash([bytes]);
}
