import { connect, isIPv4 } from 'node:net';
import type { AcceptConnection, RejectConnection, ServerChannel } from 'ssh2';

/** The two ways to answer a request for a TCP connection. */
export interface ForwardAnswer {
  readonly accept: AcceptConnection<ServerChannel>;
  /** Answers with "connect failed". */
  readonly reject: RejectConnection;
}

/**
 * Opens a TCP connection for a client (direct-tcpip), from the lab host's own address, so that a host behind a jump
 * can tell who comes. Only loopback can be reached: the lab is no way out of this machine.
 */
export function forward(from: string, host: string, port: number, answer: ForwardAnswer): void {
  const target = host === 'localhost' ? '127.0.0.1' : host;
  if (!isIPv4(target) || !target.startsWith('127.') || port < 1 || port > 65_535) {
    answer.reject();
    return;
  }
  const socket = connect({ host: target, port, localAddress: from, allowHalfOpen: true, noDelay: true });
  let channel: ServerChannel | undefined;
  socket.once('connect', () => {
    channel = answer.accept();
    channel.on('error', () => socket.destroy());
    channel.once('close', () => socket.destroy());
    channel.pipe(socket).pipe(channel);
  });
  socket.on('error', () => {
    if (channel) channel.close();
    else answer.reject();
  });
}
