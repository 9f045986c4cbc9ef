import { once } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server as SshServer } from 'ssh2';
import { forward } from './forward.ts';
import { type KeyPair, newKeyPair } from './keys.ts';
import type { CannedAnswer } from './lab-spec.ts';
import type { CommandWorld } from './run-command.ts';
import { createSshServer } from './ssh-server.ts';

/** How one SSH host of the lab is set up. */
export interface SshHostOptions {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: KeyPair;
  readonly clientKey: string;
  readonly world: CommandWorld;
  readonly forwarding: boolean;
  /** The only address that connections may come from: that of the jump host. */
  readonly onlyFrom?: string;
  readonly canned?: CannedAnswer;
}

/** An SSH host on loopback, with switches for what can go wrong on the way to it. */
export class SshHost {
  readonly address: string;
  readonly port: number;
  readonly #options: SshHostOptions;
  readonly #sockets = new Set<Socket>();
  #listener: NetServer | undefined;
  #ssh: SshServer;
  #hostKey: KeyPair;
  #booting = false;
  #delayMs = 0;
  #commands = 0;
  #connections = 0;

  constructor(options: SshHostOptions) {
    this.address = options.address;
    this.port = options.port;
    this.#options = options;
    this.#hostKey = options.hostKey;
    this.#ssh = this.#createServer();
  }

  /** The host key's public half, as it is now. */
  get publicKey(): string {
    return this.#hostKey.public;
  }

  /** Commands that were asked for since the start. */
  get commands(): number {
    return this.#commands;
  }

  /** TCP connections that were let in since the start. */
  get connections(): number {
    return this.#connections;
  }

  /** Starts to listen. Rejects with the system's error when the address cannot be bound. */
  async listen(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ noDelay: true }, (socket) => this.#admit(socket));
    this.#listener = listener;
    listener.listen({ host: this.address, port: this.port, backlog: 511 });
    await once(listener, 'listening');
  }

  /** Cuts the line: every connection is reset, new ones are refused. What runs on the host lives on. */
  cut(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const socket of this.#sockets) breakOff(socket);
  }

  /** Mends the line and ends all other faults but a changed host key. */
  async heal(): Promise<void> {
    this.#booting = false;
    this.#delayMs = 0;
    await this.listen();
  }

  /** While on, who logs in is sent away without a word, as by a host that is still booting. */
  booting(on: boolean): void {
    this.#booting = on;
  }

  /** Every new connection and every command waits this long first; 0 ends it. */
  slow(ms: number): void {
    this.#delayMs = ms;
  }

  /** From now on the host shows another key. */
  changeHostKey(): void {
    this.#hostKey = newKeyPair();
    this.#ssh = this.#createServer();
  }

  /** Stops listening, resets all connections, and resolves when they are gone. */
  async close(): Promise<void> {
    const closing = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    this.cut();
    await Promise.all(closing);
  }

  #admit(socket: Socket): void {
    // A reset by either side is what a lab is for.
    socket.on('error', () => undefined);
    const { onlyFrom } = this.#options;
    if (onlyFrom !== undefined && socket.remoteAddress !== onlyFrom) {
      socket.resetAndDestroy();
      return;
    }
    this.#connections += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#delayMs === 0) {
      this.#ssh.injectSocket(socket);
      return;
    }
    setTimeout(() => {
      if (!socket.destroyed) this.#ssh.injectSocket(socket);
    }, this.#delayMs);
  }

  #createServer(): SshServer {
    const { address, user, clientKey, world, forwarding, canned } = this.#options;
    return createSshServer(this.#hostKey.private, {
      user,
      clientKey,
      world,
      ...(canned && { canned }),
      isBooting: () => this.#booting,
      dismiss: ({ port }) => {
        for (const socket of this.#sockets) if (socket.remotePort === port) socket.end();
      },
      beforeCommand: async () => {
        this.#commands += 1;
        if (this.#delayMs > 0) await sleep(this.#delayMs);
      },
      ...(forwarding && { openTcp: (host, port, answer) => forward(address, host, port, answer) }),
    });
  }
}

/** Resets a connection at once, whatever is still to be sent or being done on it. */
function breakOff(socket: Socket): void {
  // While it is being shut down a socket takes no reset, and is never told as closed where one was asked for.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  if (!isShuttingDown) socket.resetAndDestroy();
  // A reset alone waits until all that was written is read, for good where the other end is stopped.
  socket.destroy();
}
