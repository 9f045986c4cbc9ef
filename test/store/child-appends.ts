import { writeSync } from 'node:fs';
import type { RolloutId } from '../../src/domain/brand.ts';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import { openStore } from '../../src/store/open.ts';

// Appends so many events to the rollout that is there, and prints the number of each when its append has returned.
const [dir = '', id = '', limit = 'Infinity'] = process.argv.slice(2);
const clock = { now: Date.now, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
const store = await openStore(dir, { clock });
for (let count = 1; count <= Number(limit); count += 1) {
  const event: RolloutEvent = {
    type: 'wave-started',
    rollout: id as RolloutId,
    at: Date.now(),
    wave: `${process.pid} ${count}`,
  };
  store.append(event);
  writeSync(1, `${process.pid} ${count}\n`);
}
store.close();
