// `npm test`: the unit tests; arguments go to vitest (`npm test -- test/plan`).
import { passOn } from './pass-on.mjs';
import { ensureReady, ROOT } from './setup.mjs';

await ensureReady({ build: true });
process.exitCode = await passOn(
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', ...process.argv.slice(2)],
  { cwd: ROOT },
);
