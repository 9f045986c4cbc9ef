import { Buffer } from 'node:buffer';

/** Bytes that arrive in pieces, however small, kept in one place. */
export interface GatheredBytes {
  readonly length: number;
  add(piece: Uint8Array): void;
  /** What was added so far, without a copy: for reading only, and only until more is added. */
  bytes(): Buffer;
}

const FIRST_BYTES = 4 * 1024;

/**
 * Gathers bytes. The place grows to twice its size whenever it is full, so that ten thousand pieces of a byte take
 * neither a copy nor an object each; whoever adds sets the bound.
 */
export function gatherBytes(): GatheredBytes {
  let place = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(piece) {
      const needed = length + piece.length;
      if (needed > place.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, FIRST_BYTES, 2 * place.length));
        larger.set(place.subarray(0, length));
        place = larger;
      }
      place.set(piece, length);
      length = needed;
    },
    bytes: () => place.subarray(0, length),
  };
}
