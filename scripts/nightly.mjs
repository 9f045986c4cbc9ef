// `npm run nightly`: the suites of faults on real hosts, each fault tried 20 times (RANCH_TRIALS for another number)
// where the usual run tries one or two. Takes hours; what else is said is passed on to vitest.
import { passOn } from './pass-on.mjs';
import { ROOT } from './setup.mjs';

const SUITES = ['deadman', 'power', 'fencing', 'data', 'repeats'].map(
  (name) => `test/rig/rollout-${name}.test.ts`,
);

process.env.RANCH_TRIALS ??= '20';
const args = ['scripts/suite.mjs', 'hosts', ...SUITES, ...process.argv.slice(2)];
process.exitCode = await passOn(args, { cwd: ROOT });
