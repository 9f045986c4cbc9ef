/** Steps that can be seen from outside, before an SSH connection is encrypted. */
export type PlainStep = 'connect' | 'banner' | 'kex' | 'auth';

const NEWKEYS = 21;

/**
 * Follows what an SSH server sends in the clear, and cuts it where a step begins: the greeting, the first packet of the
 * key exchange, and what comes after the new keys. What is behind is not looked at.
 */
export class PlainSsh {
  readonly #reached: (step: PlainStep) => void;
  #stage: 'silent' | 'greeting' | 'packets' | 'encrypted' = 'silent';
  #packet = Buffer.alloc(0);

  constructor(reached: (step: PlainStep) => void) {
    this.#reached = reached;
  }

  /** The pieces of a chunk; each step is told just before the piece that begins it. */
  *cut(chunk: Buffer): Generator<Buffer> {
    let rest = chunk;
    if (this.#stage === 'silent') {
      this.#stage = 'greeting';
      this.#reached('banner');
    }
    if (this.#stage === 'greeting') {
      const end = rest.indexOf('\n') + 1;
      yield end === 0 ? rest : rest.subarray(0, end);
      if (end === 0) return;
      this.#stage = 'packets';
      rest = rest.subarray(end);
    }
    while (this.#stage === 'packets' && rest.length > 0) {
      if (this.#packet.length === 0) this.#reached('kex');
      const [piece, more] = this.#take(rest);
      yield piece;
      if (this.#stage !== 'packets') this.#reached('auth');
      rest = more;
    }
    if (rest.length > 0) yield rest;
  }

  /** As much as belongs to the packet under way. */
  #take(bytes: Buffer): readonly [Buffer, Buffer] {
    const before = this.#packet.length;
    this.#packet = Buffer.concat([this.#packet, bytes]);
    if (this.#packet.length < 6) return [bytes, Buffer.alloc(0)];
    const length = 4 + this.#packet.readUInt32BE(0);
    if (this.#packet.length < length) return [bytes, Buffer.alloc(0)];
    if (this.#packet[5] === NEWKEYS) this.#stage = 'encrypted';
    this.#packet = Buffer.alloc(0);
    return [bytes.subarray(0, length - before), bytes.subarray(length - before)];
  }
}
