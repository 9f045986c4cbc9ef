import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open.ts';

// Opens a state directory for writing and says so.
const [dir = ''] = process.argv.slice(2);
const clock = { now: Date.now, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
const store = await openStore(dir, { clock });
writeSync(1, 'opened\n');
store.close();
