import { connect } from 'node:net';

/** What came back until the server closed. */
export interface Exchange {
  readonly bytes: Buffer;
  /** `closed` by the server, or `silent` when the time was up. */
  readonly end: 'closed' | 'silent';
}

/**
 * Sends bytes to a port of this machine and reads until the server closes, for at most `withinMs`. `cut`: ends its own
 * side once they are sent.
 */
export function exchange(port: number, sent: Uint8Array, withinMs = 10_000, cut = false): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: cut });
    const chunks: Buffer[] = [];
    const done = (end: Exchange['end']): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ bytes: Buffer.concat(chunks), end });
    };
    const timer = setTimeout(() => done('silent'), withinMs);
    socket.on('connect', () => (cut ? socket.end(sent) : socket.write(sent)));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => done('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that closes before it has read everything resets the connection: what it said has come all the same.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') done('closed');
      else {
        clearTimeout(timer);
        reject(error);
      }
    });
  });
}
