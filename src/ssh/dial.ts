import { Socket } from 'node:net';
import { abortable } from './abortable.ts';
import { errnoOf } from './error-fields.ts';
import { errnoFault, silentFault } from './faults.ts';
import type { Hop } from './hop.ts';

/**
 * Opens a TCP connection with TCP_NODELAY: ssh2 leaves Nagle's algorithm on, and each connection then waits twice
 * for a delayed ACK of 40 ms. Throws `connection-refused`, `name-unknown`, `unreachable`, or the signal's reason.
 */
export async function dial(hop: Hop, signal: AbortSignal): Promise<Socket> {
  const socket = new Socket();
  const connected = new Promise<Socket>((resolve, reject) => {
    const patience = setTimeout(() => reject(silentFault(hop)), hop.connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(patience);
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(patience);
      reject(errnoFault(hop, errnoOf(error), error));
    });
    socket.once('close', () => clearTimeout(patience));
    socket.setNoDelay(true);
    socket.connect({ host: hop.address, port: hop.port });
  });
  try {
    return await abortable(connected, signal, hop.name);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
