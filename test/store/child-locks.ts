import { writeSync } from 'node:fs';
import { withExclusive } from '../../src/store/lock.ts';

// Holds the lock of a state directory until it is killed, and says when it has it.
const [dir = ''] = process.argv.slice(2);
const clock = { now: Date.now, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
await withExclusive(dir, { command: 'ranch rollout 0.5.2', clock }, async () => {
  writeSync(1, 'locked\n');
  await new Promise((resolve) => setInterval(resolve, 1 << 30));
});
