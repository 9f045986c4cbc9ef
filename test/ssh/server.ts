import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import ssh2, {
  type Algorithms,
  type AuthContext,
  type AuthenticationType,
  type Connection,
  type ServerChannel,
} from 'ssh2';
import { onTestFinished } from 'vitest';
import { newKeyPair } from '../../src/lab/keys.ts';

/** Makes a key pair in OpenSSH's format. */
export function keyPair(passphrase?: string): { readonly private: string; readonly public: string } {
  if (passphrase === undefined) return newKeyPair();
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 });
    // ssh2 writes one pair in 130 that it cannot read back: see newKeyPair.
    if (readsBack(pair, passphrase)) return pair;
  }
}

function readsBack(pair: { readonly private: string; readonly public: string }, passphrase: string): boolean {
  const mine = ssh2.utils.parseKey(pair.private, passphrase);
  const theirs = ssh2.utils.parseKey(pair.public);
  if (mine instanceof Error || theirs instanceof Error) return false;
  const probe = Buffer.from('probe');
  return theirs.verify(probe, mine.sign(probe)) === true;
}

export const HOST_KEY = keyPair();
export const USER_KEY = keyPair();

/** What a server has come to, on any of its connections. */
export type ServerStep =
  | 'channel-open'
  | 'exec-request'
  | 'first-output'
  | 'exit-status'
  | 'forwarded-connection';

/** How a server behaves where it is not like any sshd: by default it runs commands with /bin/sh. */
export interface Behaviour {
  readonly hostKey?: string;
  readonly algorithms?: Algorithms;
  /** Shown before authentication. */
  readonly banner?: string;
  /** Public keys (OpenSSH lines) that may log in; the default user's where not given. */
  readonly authorized?: readonly string[];
  readonly password?: string;
  /** Called for each TCP connection before anything is said; true: leave it to the test. */
  readonly onSocket?: (socket: Socket) => boolean;
  readonly onConnection?: (connection: Connection) => void;
  /** In place of checking a key. */
  readonly onAuthentication?: (connection: Connection, context: AuthContext) => void;
  readonly onExec?: (command: string, channel: ServerChannel, connection: Connection) => void;
  /** In place of waiting for a command. */
  readonly onSession?: (connection: Connection) => void;
  /** In place of connecting where a tunnel leads. */
  readonly onTunnel?: (channel: ServerChannel) => void;
  /** Told how far a connection has come, before the client can know. */
  readonly onStep?: (step: ServerStep) => void;
  /** What commands find in their environment besides this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface TestServer {
  readonly port: number;
  /** The host key as a line of known_hosts. */
  readonly line: string;
  /** TCP connections taken so far. */
  readonly connections: () => number;
  /** TCP connections that are open. */
  readonly open: () => number;
  /** Resolves when no TCP connection is open. */
  readonly quiet: () => Promise<void>;
}

function runCommand(command: string, channel: ServerChannel, { env, onStep }: Behaviour): void {
  const child = spawn('/bin/sh', ['-c', command], { env: { ...process.env, ...env } });
  child.stdout.once('data', () => onStep?.('first-output'));
  channel.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on('close', () => {
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill();
  });
  child.on('close', (code) => {
    onStep?.('exit-status');
    channel.exit(code ?? 255);
    channel.end();
  });
}

function serveSession(connection: Connection, behaviour: Behaviour): void {
  connection.on('session', (accept) => {
    behaviour.onStep?.('channel-open');
    const session = accept();
    if (behaviour.onSession) {
      behaviour.onSession(connection);
      return;
    }
    session.on('exec', (acceptExec, _reject, { command }) => {
      behaviour.onStep?.('exec-request');
      const channel = acceptExec();
      channel.on('error', () => undefined);
      if (behaviour.onExec) behaviour.onExec(command, channel, connection);
      else runCommand(command, channel, behaviour);
    });
  });
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    behaviour.onStep?.('forwarded-connection');
    if (behaviour.onTunnel) {
      const channel = accept();
      channel.on('error', () => undefined);
      behaviour.onTunnel(channel);
      return;
    }
    const out = connect(destPort, destIP);
    out.once('error', () => reject());
    out.once('connect', () => {
      const channel = accept();
      channel.on('error', () => undefined);
      channel.pipe(out).pipe(channel);
      out.on('error', () => channel.close());
      channel.on('close', () => out.destroy());
    });
  });
}

function authenticate(connection: Connection, behaviour: Behaviour): void {
  const keys = (behaviour.authorized ?? [USER_KEY.public]).map((line) => ssh2.utils.parseKey(line));
  connection.on('authentication', (context) => {
    if (behaviour.onAuthentication) {
      behaviour.onAuthentication(connection, context);
      return;
    }
    const wanted: AuthenticationType[] =
      behaviour.password === undefined ? ['publickey'] : ['publickey', 'password'];
    if (context.method === 'password' && context.password === behaviour.password) context.accept();
    else if (context.method === 'publickey') {
      const { data } = context.key;
      const known = keys.find((key) => !(key instanceof Error) && key.getPublicSSH().equals(data));
      const proven =
        known !== undefined &&
        !(known instanceof Error) &&
        (context.signature === undefined ||
          known.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo));
      if (proven) context.accept();
      else context.reject(wanted);
    } else context.reject(wanted);
  });
}

/** Starts an SSH server on a free port of 127.0.0.1; it is gone when the test is over. */
export async function startServer(behaviour: Behaviour = {}): Promise<TestServer> {
  const hostKey = behaviour.hostKey ?? HOST_KEY.private;
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = new ssh2.Server(
    {
      hostKeys: [hostKey],
      ...(behaviour.algorithms && { algorithms: behaviour.algorithms }),
      ...(behaviour.banner && { banner: behaviour.banner }),
    },
    (connection) => {
      connection.on('error', () => undefined);
      behaviour.onConnection?.(connection);
      authenticate(connection, behaviour);
      connection.on('ready', () => serveSession(connection, behaviour));
    },
  );
  const net = (await import('node:net')).createServer((socket) => {
    taken += 1;
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (behaviour.onSocket?.(socket) === true) socket.resume();
    else server.injectSocket(socket);
  });
  net.listen(0, '127.0.0.1');
  await once(net, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    net.close();
    await once(net, 'close');
  });
  const { port } = net.address() as AddressInfo;
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const line = `[127.0.0.1]:${port} ${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
  const quiet = async (): Promise<void> => {
    for (const socket of sockets) await new Promise((resolve) => socket.once('close', resolve));
  };
  return { port, line, connections: () => taken, open: () => sockets.size, quiet };
}
