import { createServer } from 'node:net';
import { RanchError } from '../domain/errors.ts';
import type { Random } from '../domain/ports.ts';

/**
 * Ports are taken below 32768, where Linux begins to give out ephemeral ports: a port from there could become the
 * source of somebody's connection while a server is being restarted, and its bind would fail.
 */
const FIRST_PORT = 16_384;
const PORT_COUNT = 16_000;
const MAX_TRIES = 2_000;

/** Gives out ports that are free at this moment on every address of this machine, each once. */
export class FreePorts {
  readonly #random: Random;
  readonly #given = new Set<number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** One more port. Throws `port-taken` when none is found. */
  async take(): Promise<number> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const port = FIRST_PORT + Math.floor(this.#random.next() * PORT_COUNT);
      if (this.#given.has(port)) continue;
      this.#given.add(port);
      if (await isFree(port)) return port;
    }
    throw new RanchError({
      code: 'port-taken',
      place: 'lab',
      message: `no free TCP port was found between ${FIRST_PORT} and ${FIRST_PORT + PORT_COUNT}`,
      remedy: 'End some of the servers that listen on this machine, then try again.',
    });
  }
}

/** Whether `port` can be bound on all addresses at once, as SQ does it. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '0.0.0.0', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
