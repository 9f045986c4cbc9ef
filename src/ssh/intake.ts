import type { Duplex, Readable } from 'node:stream';

/** Watches what arrives on one connection against what somebody wanted of it. */
export interface Intake {
  /** Bytes that arrived and that nobody asked for: not read from a channel, not waiting in a known one. */
  stray(): number;
  /** Bytes received and waiting to be read, of all known channels. */
  unread(): number;
  /** Somebody read so many bytes, which came as one packet. */
  took(bytes: number): void;
  /**
   * Counts what is read of these as taken. Call what is given back when nobody wants it any more: then all is read and
   * dropped, and only so much counts as taken as can have been on its way.
   */
  follow(...sources: readonly Readable[]): () => void;
  /** Somebody sends so many bytes over a channel. */
  sent(bytes: number): void;
  /** Somebody asked for a channel. */
  asked(): void;
  /** Registers a channel that may hold unread bytes; call what is given back when it is gone. */
  backlog(unread: () => number): () => void;
}

/** Length, type, padding and MAC of a packet take less than this in any cipher that ranch speaks. */
const PACKET_COST = 96;

/** Keys are renewed with 2 kB, on the most careful of hosts (RekeyLimit 1M) once a megabyte. */
const RENEWAL_SHARE = 1 / 256;

/** A channel's opening, go-ahead, status and end. */
const PACKETS_A_CHANNEL = 8;

/** A host makes room again after it has taken so much, at the least: a sixth of dropbear's window. */
const BYTES_AN_ADJUSTMENT = 4 * 1024;

/** What a channel's window lets a host have on its way. */
const WINDOW_BYTES = 2 * 1024 * 1024;

/**
 * Starts to count what arrives on `stream`; `arrived` is told the sum after each piece. `beneath` is the connection to
 * the jump host that carries this one.
 */
export function countIntake(stream: Duplex, arrived: (total: number) => void, beneath?: Intake): Intake {
  const backlogs = new Set<() => number>();
  let total = 0;
  let wanted = 0;
  const unread = (): number => {
    let sum = 0;
    for (const backlog of backlogs) sum += backlog();
    return sum;
  };
  stream.on('data', (chunk: Buffer) => {
    total += chunk.length;
    beneath?.took(chunk.length);
    arrived(total);
  });
  const took = (bytes: number): void => {
    wanted += bytes * (1 + RENEWAL_SHARE) + PACKET_COST;
  };
  return {
    unread,
    stray: () => total - wanted - unread(),
    took,
    follow(...sources) {
      let left = Number.POSITIVE_INFINITY;
      const count = (chunk: Buffer): void => {
        if (left <= 0) return;
        left -= chunk.length;
        took(chunk.length);
      };
      for (const source of sources) source.on('data', count);
      return () => {
        left = WINDOW_BYTES;
        for (const source of sources) source.resume();
      };
    },
    sent(bytes) {
      wanted += Math.ceil(bytes / BYTES_AN_ADJUSTMENT) * PACKET_COST;
      beneath?.sent(bytes);
    },
    asked() {
      wanted += PACKETS_A_CHANNEL * PACKET_COST;
    },
    backlog(count) {
      backlogs.add(count);
      return () => backlogs.delete(count);
    },
  };
}
