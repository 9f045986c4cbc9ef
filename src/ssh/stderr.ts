/** The tail of a script's standard error. */
export interface StderrTail {
  take(chunk: Buffer): void;
  /** Removes the first `word` and says whether it was there. */
  cut(word: string): boolean;
  /** The last 4 KiB as text. */
  text(): string;
}

const TAIL_BYTES = 4096;

/** Keeps the last 4 KiB of what it takes. */
export function createStderr(): StderrTail {
  let tail: Buffer = Buffer.alloc(0);
  return {
    take(chunk) {
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    cut(word) {
      const at = tail.indexOf(word);
      if (at === -1) return false;
      tail = Buffer.concat([tail.subarray(0, at), tail.subarray(at + word.length)]);
      return true;
    },
    text: () => tail.toString('utf8'),
  };
}
