import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** An SQ that means harm, or that somebody else has made of it. */
export interface HostileSq {
  readonly name: string;
  /** What it does with a connection, once a request has come. */
  readonly answer: (socket: Socket) => void;
  /** What asking it for its version ends with: `done`, or a code. */
  readonly outcome: string;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const KILOBYTES = Buffer.alloc(64 * 1024, 'y');
const CLEAR = '\u001b[2J\u001b]0;owned\u0007\r\u009b31m\u202e';

/** Sends for as long as the other end reads. */
function pour(socket: Socket, bytes: Buffer | string): void {
  const go = (): void => {
    if (!socket.writable) return;
    if (socket.write(bytes)) setImmediate(go);
    else socket.once('drain', go);
  };
  go();
}

function drip(socket: Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), everyMs);
  socket.once('close', () => clearInterval(timer));
}

const whole = (head: string, body: string | Buffer) => (socket: Socket) => {
  socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
  socket.end(body);
};

/** All of them. */
export const HOSTILE_SQ: readonly HostileSq[] = [
  { name: 'never answers', answer: () => undefined, outcome: 'deadline' },
  { name: 'closes without an answer', answer: (socket) => socket.end(), outcome: 'sq-error' },
  { name: 'resets', answer: (socket) => socket.resetAndDestroy(), outcome: 'sq-error' },
  {
    name: 'never ends its body',
    answer: (socket) => {
      socket.write(`${OK}\r\n`);
      pour(socket, KILOBYTES);
    },
    outcome: 'answer-too-large',
  },
  {
    name: 'never ends its head',
    answer: (socket) => {
      socket.write(OK);
      pour(socket, 'X-Again: and again\r\n');
    },
    outcome: 'sq-error',
  },
  { name: 'never ends what is no HTTP', answer: (socket) => pour(socket, KILOBYTES), outcome: 'sq-error' },
  { name: 'drips its head', answer: (socket) => drip(socket, `${OK}X: `, 20), outcome: 'deadline' },
  {
    name: 'drips its body',
    answer: (socket) => {
      socket.write(`${OK}\r\n`);
      drip(socket, 'z', 20);
    },
    outcome: 'deadline',
  },
  {
    name: 'says that it is longer than it is, and closes',
    answer: (socket) => socket.end(`${OK}Content-Length: 50\r\n\r\n0.5.2`),
    outcome: 'sq-error',
  },
  {
    name: 'says that it is longer than it is, and waits',
    answer: (socket) => socket.write(`${OK}Content-Length: 50\r\n\r\n0.5.2`),
    outcome: 'deadline',
  },
  {
    name: 'says that it is endless',
    answer: (socket) => socket.write(`${OK}Content-Length: 999999999999\r\n\r\n0.5.2`),
    outcome: 'answer-too-large',
  },
  {
    name: 'says that it is shorter than it is',
    answer: (socket) => socket.write(`${OK}Content-Length: 5\r\n\r\n0.5.2 and more`),
    outcome: 'done',
  },
  {
    name: 'says that its length is no number',
    answer: (socket) => socket.end(`${OK}Content-Length: -5\r\n\r\n${CLEAR}`),
    outcome: 'sq-error',
  },
  { name: 'sends escape sequences', answer: whole(OK, CLEAR), outcome: 'sq-error' },
  {
    name: 'sends escape sequences with a failure',
    answer: whole('HTTP/1.1 500 Oh\r\n', CLEAR),
    outcome: 'sq-error',
  },
  { name: 'puts them in its status', answer: whole(`HTTP/1.1 200 ${CLEAR}\r\n`, CLEAR), outcome: 'sq-error' },
  {
    name: 'sends what is no UTF-8',
    answer: whole(OK, Buffer.from([0x30, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80])),
    outcome: 'sq-error',
  },
  {
    name: 'sends chunks',
    answer: (socket) => socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n0.5.2\r\n0\r\n\r\n`),
    outcome: 'sq-error',
  },
  {
    name: 'names the prototype in its head',
    answer: whole(`${OK}__proto__: polluted\r\nconstructor: polluted\r\n`, '0.5.2'),
    outcome: 'done',
  },
  {
    name: 'is an SSH server',
    answer: (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    outcome: 'sq-error',
  },
];

/** Starts one on a free port of 127.0.0.1; gone when the test is over. Also tells how often it was connected to. */
export async function startHostileSq(
  answer: HostileSq['answer'],
): Promise<{ readonly port: number; readonly asked: () => number }> {
  const sockets = new Set<Socket>();
  let asked = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    asked += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return { port: address.port, asked: () => asked };
}
