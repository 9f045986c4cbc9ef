import { Socket } from 'node:net';
import { abortable } from './abortable.ts';
import { errnoOf } from './error-fields.ts';
import { errnoFault, silentFault } from './faults.ts';
import type { Hop } from './hop.ts';

/** Waits for a connection no longer than ConnectTimeout; then throws `unreachable`. */
export async function patientFor<T>(hop: Hop, connecting: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silentFault(hop)), hop.connectTimeoutMs);
  });
  try {
    return await Promise.race([connecting, silent]);
  } finally {
    clearTimeout(timer);
    connecting.catch(() => undefined);
  }
}

/**
 * Opens a TCP connection with TCP_NODELAY: ssh2 leaves Nagle's algorithm on, and each connection then waits twice
 * for a delayed ACK of 40 ms. Throws `connection-refused`, `name-unknown`, `unreachable`, or the signal's reason.
 */
export async function dial(hop: Hop, signal: AbortSignal): Promise<Socket> {
  const socket = new Socket();
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => reject(errnoFault(hop, errnoOf(error), error)));
    socket.setNoDelay(true);
    socket.connect({ host: hop.address, port: hop.port });
  });
  try {
    return await abortable(patientFor(hop, connected), signal, hop.name);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
