import { connect, isIPv4, type Socket } from 'node:net';
import type { AcceptConnection, RejectConnection, ServerChannel } from 'ssh2';

/** The two ways to answer a request for a TCP connection. */
export interface ForwardAnswer {
  readonly accept: AcceptConnection<ServerChannel>;
  /** Answers with "connect failed". */
  readonly reject: RejectConnection;
}

/** Where lab hosts have their addresses. */
const LAB_NET = '127.77.';
const LOOPBACK = '127.0.0.1';

/**
 * Opens a TCP connection for a client (direct-tcpip), from the lab host's own address, so that a host behind a jump
 * can tell who comes. Only loopback can be reached: the lab is no way out of this machine.
 */
export function forward(from: string, host: string, port: number, answer: ForwardAnswer): void {
  const target = host === 'localhost' ? LOOPBACK : host;
  if (!isIPv4(target) || !target.startsWith('127.') || port < 1 || port > 65_535) {
    answer.reject();
    return;
  }
  // Stand-ins listen on 127.0.0.1 alone, so as not to be seen outside; to each other they are on their hosts' addresses.
  attempt(from, target.startsWith(LAB_NET) ? [target, LOOPBACK] : [target], port, answer);
}

function attempt(from: string, targets: readonly string[], port: number, answer: ForwardAnswer): void {
  const [target, ...others] = targets;
  if (target === undefined) {
    answer.reject();
    return;
  }
  const socket = connect({ host: target, port, localAddress: from, allowHalfOpen: true, noDelay: true });
  const next = (): void => attempt(from, others, port, answer);
  socket.once('error', next);
  socket.once('connect', () => {
    socket.removeListener('error', next);
    join(socket, answer.accept());
  });
}

function join(socket: Socket, channel: ServerChannel): void {
  socket.on('error', () => channel.close());
  channel.on('error', () => socket.destroy());
  channel.once('close', () => socket.destroy());
  channel.pipe(socket).pipe(channel);
}
