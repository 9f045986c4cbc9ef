import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Coordinate, parseCoordinate } from '../../../src/sq/coordinate.ts';
import { scrollsOf } from '../../../src/sq/phext.ts';
import { getRequest, insertRequest } from '../../../src/sq/requests.ts';
import { sqBinary } from '../../rig/sq-binary.ts';
import { ask } from '../ask.ts';
import { costOf } from '../process.ts';
import type { Row } from '../row.ts';
import { PHEXT } from '../six-hosts.ts';

const RESTARTS = 50;
const WRITERS = 4;
const HOST = 'h1';

interface Writer {
  readonly coordinate: Coordinate;
  /** Numbers that SQ said it had written. */
  readonly acknowledged: number[];
}

/**
 * Appends numbers to a scroll of its own until told to stop. Nothing is ever written over, so a write that was lost at
 * any of the restarts is missing at the end.
 */
async function write(address: string, writer: Writer, stopped: () => boolean): Promise<void> {
  for (let number = 1; !stopped(); number++) {
    const reply = await ask(address, insertRequest({ phext: PHEXT }, writer.coordinate, `${number};`));
    const said = reply?.status === 200 ? Buffer.from(reply.body).toString() : '';
    if (said.startsWith('Inserted')) writer.acknowledged.push(number);
    else await pause(5);
  }
}

type Scrolls = ReadonlyMap<Coordinate, Buffer>;

function scrollMap(bytes: Uint8Array): Scrolls {
  return new Map(scrollsOf(bytes).map((scroll) => [scroll.coordinate, Buffer.from(scroll.bytes)]));
}

/** Acknowledged numbers that a writer's scroll does not hold. */
function lostOf({ coordinate, acknowledged }: Writer, scrolls: Scrolls): number {
  const held = new Set(scrolls.get(coordinate)?.toString().split(';'));
  return acknowledged.filter((number) => !held.has(`${number}`)).length;
}

/** Restarts under load: a file torn by one of them would be loaded by the next SQ, and its scrolls be gone for good. */
export const restarts: Row = {
  id: 6,
  title: `${RESTARTS} restarts under ${WRITERS} writers on the real CYOA`,
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.2'), [HOST]);
    const { inventory, stateDir } = await six.place();
    const address = six.rig.address(HOST);
    const original = scrollMap(await readFile(site.cyoa));
    const writers = Array.from(
      { length: WRITERS },
      (_, at): Writer => ({
        coordinate: parseCoordinate(`500.500.500/500.500.500/1.1.${at + 1}`),
        acknowledged: [],
      }),
    );
    let stopped = false;
    const writing = writers.map((writer) => write(address, writer, () => stopped));
    for (let round = 0; round < RESTARTS; round++) {
      await costOf([...site.ranch, '-i', inventory, '--state', stateDir, '--no-input', 'restart', HOST]);
    }
    stopped = true;
    await Promise.all(writing);
    const whole = await ask(address, getRequest({ phext: PHEXT }));
    if (whole?.status !== 200) throw new Error('SQ does not answer after the last restart');
    const scrolls = scrollMap(whole.body);
    const torn = [...original].filter(([at, bytes]) => scrolls.get(at)?.equals(bytes) !== true);
    const lost = writers.reduce((sum, writer) => sum + lostOf(writer, scrolls), 0);
    const written = writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
    return [
      {
        what: 'scrolls torn or gone',
        value: torn.length,
        unit: 'lost',
        atMost: 0,
        evidence: `of ${original.size}, after all`,
      },
      {
        what: 'acknowledged writes lost',
        value: lost,
        unit: 'lost',
        atMost: 0,
        evidence: `of ${written}`,
      },
    ];
  },
};
