// `npm run nightly`: what takes too long for every run, in pieces: `npm run nightly -- stops kills` runs these two, no
// name all of them. Each fault is tried RANCH_TRIALS times (20 on real hosts, 100 in the lab) where the usual run tries
// one or two; RANCH_STOPS, RANCH_KILL_EVERY (and RANCH_KILL_PART=3/8: the third of eight parts) and RANCH_SIMULATE change
// the other counts. What stands behind `--` once more goes to vitest. Takes hours; ends with what each piece came to.
import { passOn } from './pass-on.mjs';
import { ROOT, say } from './setup.mjs';

const hosts = (file, counts = { RANCH_TRIALS: '20' }) => ({
  counts,
  args: ['scripts/suite.mjs', 'hosts', `test/rig/${file}.test.ts`],
});
const unit = (counts, ...words) => ({ counts, args: ['scripts/test.mjs', ...words] });

const PIECES = {
  coverage: { counts: {}, args: ['scripts/coverage.mjs'] },
  lab: unit({ RANCH_TRIALS: '100' }, 'test/crash/deadman.test.ts'),
  kills: unit({ RANCH_KILL_EVERY: '1' }, 'test/crash/kill-points.test.ts'),
  stops: hosts('maintain', { RANCH_STOPS: '200' }),
  deadman: hosts('rollout-deadman'),
  crash: hosts('rollout-crash'),
  fencing: hosts('rollout-fencing'),
  data: hosts('rollout-data'),
  full: hosts('rollout-full'),
  repeats: hosts('rollout-repeats'),
  power: hosts('rollout-power'),
  simulate: {
    counts: {},
    args: ['scripts/simulate.mjs', '--runs', process.env.RANCH_SIMULATE ?? '1000000', '--seed', '1'],
  },
};

const words = process.argv.slice(2);
const dashes = words.indexOf('--');
const names = dashes === -1 ? words : words.slice(0, dashes);
const rest = dashes === -1 ? [] : words.slice(dashes + 1);
const unknown = names.filter((name) => !(name in PIECES));
if (unknown.length > 0) {
  say(`no such piece: ${unknown.join(', ')}; there are ${Object.keys(PIECES).join(', ')}`);
  process.exit(2);
}

const came = [];
for (const [name, { counts, args }] of Object.entries(PIECES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const env = { ...counts, ...process.env };
  say(
    `${name}: ${Object.keys(counts)
      .map((key) => `${key}=${env[key]}`)
      .join(' ')}`,
  );
  const start = Date.now();
  const code = await passOn([...args, ...rest], { cwd: ROOT, env });
  came.push(`${name}: ended with ${code} after ${Math.round((Date.now() - start) / 1000)} s`);
  if (code !== 0) process.exitCode = 1;
}
for (const line of came) say(line);
