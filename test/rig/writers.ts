import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { HttpReply, HttpRequest } from '../../src/domain/http.ts';
import { type Coordinate, parseCoordinate } from '../../src/sq/coordinate.ts';
import { scrollsOf } from '../../src/sq/phext.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import { decodeReply, encodeRequest, replyLength } from '../../src/sq/wire.ts';

/** What one writer knows: numbers from 1, the last that SQ acknowledged and the last that was sent. */
export interface Written {
  readonly coordinate: Coordinate;
  readonly acknowledged: number;
  readonly sent: number;
  /** How many were not acknowledged. */
  readonly failed: number;
}

export interface Writers {
  /** Resolves when each has been acknowledged once. */
  readonly going: Promise<void>;
  /** Lets each end its request; what they know. */
  readonly stop: () => Promise<readonly Written[]>;
}

/** One request over a connection of its own, as SQ serves them; undefined where no whole answer came. */
export function speak(address: string, port: number, request: HttpRequest): Promise<HttpReply | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true });
    let got = Buffer.alloc(0);
    const end = (): void => {
      socket.destroy();
      const length = replyLength(got);
      const whole = length !== undefined && got.length >= length;
      resolve(whole ? decodeReply(got, 0, 'writer') : undefined);
    };
    socket.setTimeout(20_000, end);
    socket.on('connect', () => socket.write(encodeRequest(request)));
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
    });
    socket.on('end', end);
    socket.on('error', end);
  });
}

/** One write; true when it was acknowledged. */
async function write(
  address: string,
  port: number,
  phext: string,
  at: Coordinate,
  text: string,
): Promise<boolean> {
  const reply = await speak(address, port, updateRequest({ phext }, at, text));
  return reply?.status === 200 && Buffer.from(reply.body).toString().startsWith('Updated');
}

/** `count` clients that write all the time, each to a scroll of its own, until they are told to stop. */
export function startWriters(address: string, port: number, phext: string, count = 4): Writers {
  let stopped = false;
  const starts: Promise<void>[] = [];
  const ends: Promise<Written>[] = [];
  for (let writer = 1; writer <= count; writer++) {
    const coordinate = parseCoordinate(`1.1.1/1.1.1/1.2.${writer}`);
    let began = (): void => undefined;
    starts.push(new Promise((resolve) => (began = resolve)));
    const loop = async (): Promise<Written> => {
      let acknowledged = 0;
      let sent = 0;
      let failed = 0;
      while (!stopped) {
        sent++;
        if (await write(address, port, phext, coordinate, `write ${sent} `)) {
          acknowledged = sent;
          began();
        } else {
          failed++;
          await pause(5);
        }
      }
      return { coordinate, acknowledged, sent, failed };
    };
    ends.push(loop());
  }
  return {
    going: Promise.all(starts).then(() => undefined),
    stop: () => {
      stopped = true;
      return Promise.all(ends);
    },
  };
}

/** Each writer's scroll in a file that lies short of what was acknowledged, in words; empty when nothing was lost. */
export function lostWrites(file: Uint8Array, written: readonly Written[]): readonly string[] {
  const texts = new Map(
    scrollsOf(file).map(({ coordinate, bytes }) => [coordinate, Buffer.from(bytes).toString()]),
  );
  return written.flatMap(({ coordinate, acknowledged, sent }) => {
    const text = texts.get(coordinate) ?? '';
    const found = Number(/^write (\d+) $/.exec(text)?.[1] ?? 0);
    return found >= acknowledged && found <= sent
      ? []
      : [`${coordinate}: ${acknowledged} acknowledged, "${text.slice(0, 40)}" found`];
  });
}
