// `npm run coverage`: the engine's own tests, and how much of its branches they take. Ends with 1 where that is too
// little, or a test fails; arguments go to vitest.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { passOn } from './pass-on.mjs';
import { ensureReady, ROOT, say } from './setup.mjs';

/** Percent of the branches at least, each over all its files. */
const WANTED = [
  { name: 'the engine', files: /^src\/(plan|execute|store)\//, percent: 95 },
  { name: 'the transition function', files: /^src\/domain\/(unit|rollout)-state\.ts$/, percent: 100 },
];
/** Told, though nothing is asked of each alone. */
const ROOMS = ['plan', 'execute', 'store'];
const TESTS = ['test/domain', 'test/execute', 'test/plan', 'test/store'];

await ensureReady({ build: true });
const folder = await mkdtemp(join(tmpdir(), 'ranch-coverage-'));
try {
  const coverage = [
    '--coverage',
    '--coverage.include=src/{plan,execute,store,domain}/**/*.ts',
    '--coverage.reporter=json-summary',
    `--coverage.reportsDirectory=${folder}`,
  ];
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', ...coverage, ...TESTS];
  process.exitCode = await passOn([...args, ...process.argv.slice(2)], { cwd: ROOT });
  if (process.exitCode === 0)
    judge(JSON.parse(await readFile(join(folder, 'coverage-summary.json'), 'utf8')));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Branches of the files that fit: how many were taken, of how many. */
function branchesOf(summary, files) {
  const fit = Object.entries(summary).filter(([file]) => files.test(relative(ROOT, file)));
  const sum = (of) => fit.reduce((all, [, { branches }]) => all + branches[of], 0);
  return { covered: sum('covered'), total: sum('total') };
}

function percentOf({ covered, total }) {
  return total === 0 ? 0 : (100 * covered) / total;
}

function judge(summary) {
  for (const room of ROOMS) {
    const branches = branchesOf(summary, new RegExp(`^src/${room}/`));
    say(`branches of src/${room}: ${percentOf(branches).toFixed(1)} %`);
  }
  for (const { name, files, percent } of WANTED) {
    const branches = branchesOf(summary, files);
    const taken = percentOf(branches);
    say(
      `branches of ${name}: ${branches.covered} of ${branches.total}, ${taken.toFixed(1)} %; wanted: ${percent} %`,
    );
    if (taken < percent) process.exitCode = 1;
  }
}
