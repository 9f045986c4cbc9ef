import { Secret } from '../../src/domain/secret.ts';
import { asCoordinate } from '../../src/sq/coordinate.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import type { ModelHost } from '../execute/model-host.ts';
import type { ModelRanch } from '../execute/model-ranch.ts';
import { drawOf } from './draw.ts';
import { nameOf, standing } from './inventory.ts';
import type { Scenario } from './scenario.ts';

/** Scrolls that are there from the beginning: half of them is more than a race could explain (`RACING_SCROLLS`). */
export const FIRST_SCROLLS = 40;
/** Writes of one client, at growing intervals: most of them while a rollout is under way. */
const WRITES = 26;
const FIRST_INTERVAL_MS = 120;
const GROWTH = 1.2;

/** The coordinate of a client's nth write. */
export function scrollAt(number: number): string {
  return `1.1.1/1.1.1/1.${1 + Math.floor(number / 900)}.${2 + (number % 900)}`;
}

/** Somebody who writes to one SQ all the while, and notes what was acknowledged. Gives a write more, for any time. */
function client(ranch: ModelRanch, host: ModelHost, port: number, startMs: number): () => void {
  let number = FIRST_SCROLLS;
  let interval = FIRST_INTERVAL_MS;
  const once = (): void => {
    const scroll = scrollAt(number);
    const at = asCoordinate(scroll);
    const process = host.powered && !host.isAway ? host.processes.get(port) : undefined;
    if (process && at) {
      const key = host.keys.get(port);
      const target = { phext: 'a', ...(key === undefined ? {} : { key: new Secret(key) }) };
      const reply = process.server.answer(updateRequest(target, at, scroll));
      if (reply.status === 200) host.tell({ kind: 'wrote', port, scroll });
    }
    number += 1;
  };
  const write = (): void => {
    once();
    interval *= GROWTH;
    if (number < FIRST_SCROLLS + WRITES) ranch.clock.after(interval, write);
  };
  ranch.clock.after(startMs, write);
  return once;
}

/** Until somebody writes again after a disk has room: SQ then saves all that it holds. */
const HEALS_AFTER_MS = 700;

/** Fills every data folder, locks the servers that have keys, and sets a client on each instance. */
export function populate(scenario: Scenario, ranch: ModelRanch): void {
  for (const [index, shape] of scenario.hosts.entries()) {
    const host = ranch.host(nameOf(index));
    const draw = drawOf(scenario.seed, `clients ${index}`);
    const writers: (() => void)[] = [];
    const tell = host.tell;
    host.tell = (fact) => {
      tell(fact);
      if (fact.kind !== 'disk' || fact.full) return;
      const heal = (): void => {
        if (host.powered && !host.isAway) for (const write of writers) write();
        else ranch.clock.after(HEALS_AFTER_MS * 10, heal);
      };
      ranch.clock.after(HEALS_AFTER_MS, heal);
    };
    for (const { port, dataDir, phext } of standing(shape, index).units.flatMap(
      ({ instances }) => instances,
    )) {
      const scrolls = Array.from({ length: FIRST_SCROLLS }, (_, at): [string, string] => [
        scrollAt(at),
        scrollAt(at),
      ]);
      host.files(dataDir).set(phext ?? 'a', new Map(scrolls));
      if (shape.keyed) host.lock(port, `secret-of-${port}`);
      writers.push(client(ranch, host, port, draw.int(0, 400)));
    }
  }
}
