import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Connection, ServerChannel } from 'ssh2';
import type { Behaviour } from '../ssh/server.ts';

/** A piece of a flood. */
export const KILOBYTES = Buffer.alloc(16 * 1024, 'x');

const SENDS_A_TURN = 200;

/**
 * Sends for as long as the other end takes it and there is more: a flood that costs this end no memory. `through` is the
 * channel that is written to, which waits for its window before the socket waits for its reader.
 */
export function pour(socket: Socket, send: () => unknown, through: Writable = socket): void {
  const ready = (): boolean =>
    [socket, through].every((one) => one.writable && !one.destroyed && !one.writableNeedDrain);
  const go = (): void => {
    for (let turn = 0; turn < SENDS_A_TURN; turn++) {
      if (!ready() || send() === 'over') return;
    }
    // Other servers of the test live in this process, too.
    setImmediate(go);
  };
  socket.on('drain', go);
  if (through !== socket) through.on('drain', go);
  go();
}

/** A server that is honest until a client is in, and then does this with the connection. */
export function onceIn(harm: (connection: Connection, socket: Socket) => void): Behaviour {
  let last: Socket | undefined;
  return {
    onSocket: (socket) => {
      last = socket;
      return false;
    },
    onExec: (_command, _channel, connection) => {
      if (last) harm(connection, last);
    },
  };
}

/** The start and end marker of a command, as ranch's own scripts print them. */
export function markersIn(command: string): { readonly begins: string; readonly ends: string } {
  const found = /([0-9a-f]{16}) ([0-9a-f]{16})-begins/.exec(command);
  const nonce = `${found?.[1]}${found?.[2]}`;
  return { begins: `${nonce}-begins\n`, ends: `${nonce}-ends ` };
}

/** What a server does when a command is asked for. */
export type Exec = (channel: ServerChannel, markers: ReturnType<typeof markersIn>, socket: Socket) => void;

/** A server that does this in place of running a command. */
export function answering(exec: Exec): Behaviour {
  let last: Socket | undefined;
  return {
    onSocket: (socket) => {
      last = socket;
      return false;
    },
    onExec: (command, channel) => {
      if (last) exec(channel, markersIn(command), last);
    },
  };
}

/** A server that does this from the first byte on. */
export function raw(harm: (socket: Socket) => void): Behaviour {
  return {
    onSocket: (socket) => {
      harm(socket);
      return true;
    },
  };
}

/** Takes the client's window for endless. */
export function boundless(channel: ServerChannel): void {
  Reflect.set(Object(Reflect.get(channel, 'outgoing')), 'window', Number.MAX_SAFE_INTEGER);
}
