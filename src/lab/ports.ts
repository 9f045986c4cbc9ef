import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RanchError } from '../domain/errors.ts';
import type { Random } from '../domain/ports.ts';

/**
 * Ports are taken below 20000, where those begin that scratch servers of any lab draw theirs from: one could get the port
 * of a server that is down for a moment, which could not start again, or be asked what was meant for that one. Ephemeral
 * ports, which could become the source of somebody's connection meanwhile, begin above (Linux: 32768).
 */
const FIRST_PORT = 10_240;
const PORT_COUNT = 9_760;
const MAX_TRIES = 2_000;

/** An address that no lab host has: labs reserve ports there, among each other. */
const RESERVATIONS = '127.77.255.254';

/**
 * Gives out TCP ports that are free on every address of this machine, each once. A port stays reserved until
 * `release`, also while its server is down: each has a UDP socket of the same number, which every other lab finds
 * taken, and which is in no TCP server's way.
 */
export class FreePorts {
  readonly #random: Random;
  readonly #reserved: Socket[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** One more port. Throws `port-taken` when none is found. */
  async take(): Promise<number> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const port = FIRST_PORT + Math.floor(this.#random.next() * PORT_COUNT);
      const reservation = await reserve(port);
      if (!reservation) continue;
      this.#reserved.push(reservation);
      if (await isFree(port)) return port;
    }
    throw new RanchError({
      code: 'port-taken',
      place: 'lab',
      message: `no free TCP port was found between ${FIRST_PORT} and ${FIRST_PORT + PORT_COUNT}`,
      remedy: 'End some of the servers that listen on this machine, then try again.',
    });
  }

  /** Gives all ports back, once what listened there has ended. */
  async release(): Promise<void> {
    await Promise.all(
      this.#reserved.splice(0).map(async (socket) => {
        socket.close();
        await once(socket, 'close');
      }),
    );
  }
}

/** Undefined where the port is reserved already. */
function reserve(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  socket.unref();
  return new Promise((resolve) => {
    socket.once('error', () => resolve(undefined));
    socket.bind({ port, address: RESERVATIONS, exclusive: true }, () => resolve(socket));
  });
}

/** Whether `port` can be bound on all addresses at once, as SQ does it. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '0.0.0.0', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
