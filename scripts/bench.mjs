// `npm run bench`: measures ranch against what it is judged by, as ratios of medians from one run. `-- --rows 1,2,7`
// selects rows, `-- --json FILE` writes all figures. Rows that lack something (root, the real SQ, the real content)
// are skipped with a word.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ensureReady, ROOT, say } from './setup.mjs';
import { shellAsText, TEST_PROGRAM } from './shell-as-text.mjs';

/** Programs below node_modules find what they import; nothing there is ours to commit. */
const OUT = `${ROOT}node_modules/.cache/ranch-bench`;
const RIG = `${ROOT}test/rig/rig`;

/** An instance of the rig of its own, its hosts with the Python that Ansible wants on them. */
process.env.RIG_DIR ??= '/var/lib/ranch-rig-bench';
process.env.RIG_NET ??= '10.82.0';
process.env.RIG_PACKAGES ??= 'python3';

/** Test code finds files beside itself; a bundle must not move it. */
const asIfInPlace = {
  name: 'as-if-in-place',
  setup({ onLoad }) {
    onLoad({ filter: /\/test\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

const wish = wishOf(process.argv.slice(2));
await ensureReady({ build: true });
await build({
  ...TEST_PROGRAM,
  absWorkingDir: ROOT,
  entryPoints: { main: 'test/bench/main.ts', 'lab-sweep': 'test/bench/lab-sweep.ts' },
  outdir: OUT,
  plugins: [shellAsText, asIfInPlace],
});
const { bench } = await import(pathToFileURL(`${OUT}/main.mjs`).href);
const stood = rigHasHosts();
try {
  process.exitCode = await bench({ ...wish, root: ROOT, labSweep: `${OUT}/lab-sweep.mjs` });
} finally {
  // Hosts that stood before stay, so that someone who works on a figure need not boot them each time.
  if (!stood && rigHasHosts() && process.env.RIG_KEEP === undefined)
    spawnSync(RIG, ['down'], { stdio: 'inherit' });
}

function wishOf(args) {
  try {
    const { values } = parseArgs({ args, options: { rows: { type: 'string' }, json: { type: 'string' } } });
    const rows = values.rows?.split(',').map(Number);
    if (rows?.some((row) => !Number.isInteger(row)))
      throw new Error(`--rows ${values.rows}: numbers, as 1,2,7`);
    return { ...(rows && { rows }), ...(values.json && { json: values.json }) };
  } catch (cause) {
    say(cause.message);
    say('usage: npm run bench -- [--rows 1,2,7] [--json FILE]');
    process.exit(2);
  }
}

function rigHasHosts() {
  const { status, stdout } = spawnSync(RIG, ['env'], { encoding: 'utf8' });
  return status === 0 && JSON.parse(stdout).hosts.length > 0;
}
