import type { Socket } from 'node:net';
import ssh2 from 'ssh2';
import { type Behaviour, keyPair } from '../ssh/server.ts';
import { answering, boundless, KILOBYTES, markersIn, onceIn, pour, raw } from './harm.ts';
import { payload, protocolOf, sendRaw } from './raw-packets.ts';

/** What the controller does with a hostile server. */
export type Visit = 'connect' | 'run' | 'upload' | 'tunnel';

/** A server that means harm. */
export interface Hostile {
  readonly name: string;
  readonly visit: Visit;
  /** How the visit may end. */
  readonly outcome: readonly string[];
  readonly behaviour: () => Behaviour;
}

/** Messages of RFC 4252 to 4254. */
const IGNORE = 2;
const KEXINIT = 20;
const BANNER = 53;
const GLOBAL_REQUEST = 80;
const CHANNEL_OPEN = 90;
const CHANNEL_DATA = 94;
const CHANNEL_EXTENDED_DATA = 95;

const ASK = payload(GLOBAL_REQUEST, 'keepalive@openssh.com', { byte: 1 });

/** A proposal that a client takes, for a key exchange that is never finished. */
function proposal(): Buffer {
  const lists = ['curve25519-sha256', 'ssh-ed25519', 'aes128-gcm@openssh.com', 'aes128-gcm@openssh.com'];
  const rest = ['hmac-sha2-256', 'hmac-sha2-256', 'none', 'none', '', ''];
  const cookie = Array.from({ length: 16 }, () => ({ byte: 7 }));
  return payload(KEXINIT, ...cookie, ...lists, ...rest, { byte: 0 }, 0);
}

function dripping(text: string, everyMs: number): Behaviour {
  return raw((socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), everyMs);
    socket.once('close', () => clearInterval(timer));
  });
}

/** A server that changes the host's key when keys are renewed. */
function otherKey(): Behaviour {
  return onceIn((connection) => {
    const key = ssh2.utils.parseKey(keyPair().private);
    protocolOf(connection)._hostKeys['ssh-ed25519'] = key;
    connection.rekey();
  });
}

/** A server whose every channel takes packets of this size only, with a window of 4 GB. */
function packetsOf(size: number): Behaviour {
  return {
    onConnection: (connection) => {
      const protocol = protocolOf(connection);
      const confirm = protocol.channelOpenConfirm.bind(protocol);
      protocol.channelOpenConfirm = (remote, local) => confirm(remote, local, 0xffff_ffff, size);
    },
  };
}

/** A server that takes an upload without limit and reads none of it. */
function deaf(): Behaviour {
  const { onConnection } = packetsOf(32 * 1024);
  let last: Socket | undefined;
  return {
    ...(onConnection && { onConnection }),
    onSocket: (socket) => {
      last = socket;
      return false;
    },
    onExec: (command, channel) => {
      channel.write(markersIn(command).begins);
      setImmediate(() => last?.pause());
    },
  };
}

const LOST = ['connection-lost'];
const FLOOD = ['answer-too-large'];
const FOREIGN = ['host-unsupported'];
/** A flood of small packets may be so slow on a busy machine that the deadline ends it first. */
const SLOW_FLOOD = ['answer-too-large', 'connection-lost', 'deadline'];

/** Before anybody is logged in. */
const BEFORE: readonly Hostile[] = [
  {
    name: 'greets without end',
    visit: 'connect',
    outcome: [...FLOOD, ...FOREIGN, ...LOST],
    behaviour: () => raw((socket) => pour(socket, () => socket.write('Welcome to this machine!\r\n'))),
  },
  {
    name: 'sends one line without end',
    visit: 'connect',
    outcome: [...FLOOD, ...FOREIGN],
    behaviour: () => raw((socket) => pour(socket, () => socket.write(KILOBYTES))),
  },
  {
    name: 'drips its greeting',
    visit: 'connect',
    outcome: ['deadline'],
    behaviour: () => dripping('Welcome, whoever you are. ', 20),
  },
  {
    name: 'sends noise for packets',
    visit: 'connect',
    outcome: [...FOREIGN, ...LOST],
    behaviour: () => raw((socket) => socket.write(`SSH-2.0-OpenSSH_9.2\r\n${'\u0000\u00ff'.repeat(40_000)}`)),
  },
  {
    name: 'chooses a group of its own for the key exchange',
    visit: 'connect',
    outcome: FOREIGN,
    behaviour: () => ({ algorithms: { kex: ['diffie-hellman-group-exchange-sha256'] } }),
  },
  {
    name: 'wants everything compressed',
    visit: 'connect',
    outcome: FOREIGN,
    behaviour: () => ({ algorithms: { compress: ['zlib', 'zlib@openssh.com'] } }),
  },
  {
    name: 'shows banners without end',
    visit: 'connect',
    outcome: FLOOD,
    behaviour: () => {
      let last: Socket | undefined;
      const banner = payload(BANNER, '\u001b[2J\u001b]0;owned\u0007'.repeat(500), 'en');
      return {
        onSocket: (socket) => {
          last = socket;
          return false;
        },
        onAuthentication: (connection) => {
          if (last) pour(last, () => sendRaw(connection, banner));
        },
      };
    },
  },
];

/** With the connection as such. */
const BETWEEN: readonly Hostile[] = [
  {
    name: 'asks without end and reads no answer',
    visit: 'run',
    outcome: SLOW_FLOOD,
    behaviour: () =>
      onceIn((connection, socket) => {
        socket.pause();
        pour(socket, () => sendRaw(connection, ASK));
      }),
  },
  {
    name: 'begins a key exchange, does not go on with it, and asks without end',
    visit: 'run',
    outcome: [...FLOOD, ...LOST],
    behaviour: () =>
      onceIn((connection, socket) => {
        sendRaw(connection, proposal());
        pour(socket, () => sendRaw(connection, ASK));
      }),
  },
  {
    name: 'opens channels without end',
    visit: 'run',
    outcome: SLOW_FLOOD,
    behaviour: () =>
      onceIn((connection, socket) => {
        const open = payload(CHANNEL_OPEN, 'forwarded-tcpip', 1, 1e6, 32_768, 'a', 1, 'b', 2);
        pour(socket, () => sendRaw(connection, open));
      }),
  },
  {
    name: 'sends what is to be ignored, without end',
    visit: 'run',
    outcome: FLOOD,
    behaviour: () =>
      onceIn((connection, socket) => pour(socket, () => sendRaw(connection, payload(IGNORE, KILOBYTES)))),
  },
  {
    name: 'sends packets that are cut short',
    visit: 'run',
    outcome: [...LOST, ...FLOOD, 'deadline'],
    behaviour: () =>
      onceIn((connection, socket) => {
        let turn = 0;
        // Not 1: to take leave is no harm.
        pour(socket, () => sendRaw(connection, payload(2 + (turn++ % 99), turn % 7)));
      }),
  },
  {
    name: 'shows another key when keys are renewed',
    visit: 'run',
    outcome: ['host-key-changed'],
    behaviour: otherKey,
  },
];

/** With a command or a tunnel. */
const WITHIN: readonly Hostile[] = [
  {
    name: 'never ends its output',
    visit: 'run',
    outcome: FLOOD,
    behaviour: () =>
      answering((channel, { begins }, socket) => {
        channel.write(begins);
        pour(socket, () => channel.write(KILOBYTES), channel);
      }),
  },
  {
    name: 'never ends its standard error',
    visit: 'run',
    outcome: FLOOD,
    behaviour: () =>
      answering((channel, _markers, socket) =>
        pour(socket, () => channel.stderr.write(KILOBYTES), channel.stderr),
      ),
  },
  {
    name: 'drips its output in packets of one byte, up to what may be',
    visit: 'run',
    outcome: ['done', 'deadline'],
    behaviour: () =>
      answering((channel, { begins, ends }, socket) => {
        boundless(channel);
        channel.write(begins);
        let left = 300_000;
        pour(socket, () => {
          if (left-- > 0) return channel.write('x');
          channel.end(`${ends}0\n`);
          return 'over';
        });
      }),
  },
  {
    name: 'drips behind a false end',
    visit: 'run',
    outcome: [...FLOOD, 'deadline', ...LOST],
    behaviour: () =>
      answering((channel, { begins, ends }, socket) => {
        boundless(channel);
        channel.write(`${begins}${ends}`);
        pour(socket, () => channel.write('z'));
      }),
  },
  {
    name: 'overruns its window before the command is taken',
    visit: 'run',
    outcome: FLOOD,
    behaviour: () => {
      let last: Socket | undefined;
      return {
        onSocket: (socket) => {
          last = socket;
          return false;
        },
        onSession: (connection) => {
          const data = payload(CHANNEL_DATA, 0, Buffer.alloc(30_001));
          const errors = payload(CHANNEL_EXTENDED_DATA, 0, 1, Buffer.alloc(30_001));
          if (!last) return;
          pour(last, () => {
            sendRaw(connection, data);
            sendRaw(connection, errors);
          });
        },
      };
    },
  },
  {
    name: 'overruns its window in a tunnel that nobody reads',
    visit: 'tunnel',
    outcome: FLOOD,
    behaviour: () => {
      let last: Socket | undefined;
      return {
        onSocket: (socket) => {
          last = socket;
          return false;
        },
        onTunnel: (channel) => {
          boundless(channel);
          if (last) pour(last, () => channel.write(Buffer.alloc(30_001)));
        },
      };
    },
  },
  {
    name: 'wants packets of no byte',
    visit: 'upload',
    outcome: FOREIGN,
    behaviour: () => packetsOf(0),
  },
  {
    name: 'wants packets of one byte',
    visit: 'upload',
    outcome: FOREIGN,
    behaviour: () => packetsOf(1),
  },
  {
    name: 'takes an upload without limit and reads none of it',
    visit: 'upload',
    outcome: ['deadline'],
    behaviour: deaf,
  },
  {
    name: 'tells an exit status without an end',
    visit: 'run',
    outcome: LOST,
    behaviour: () =>
      answering((channel, { begins }) => {
        channel.write(`${begins}all is well`);
        channel.exit(0);
        channel.end();
      }),
  },
  {
    name: 'tells an exit code that is none',
    visit: 'run',
    outcome: LOST,
    behaviour: () =>
      answering((channel, { begins, ends }) => {
        channel.write(`${begins}${ends}999\n`);
        channel.exit(0);
        channel.end();
      }),
  },
];

/** All of them. */
export const HOSTILE: readonly Hostile[] = [...BEFORE, ...BETWEEN, ...WITHIN];
