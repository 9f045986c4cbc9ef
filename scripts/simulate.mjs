// `npm run simulate`: plans, rollouts and faults in a simulated world, many times, each judged by the promises of the
// design. `-- --runs 20000 --seed 1` says how many and from which seed on; `-- --trace --seed 7` prints all that happens
// in one run (`--scenario FILE`: in one that a failure was shrunk to). Ends with 1 when a promise was broken, and tells the seed and the smallest scenario that breaks it.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ensureReady, ROOT, say } from './setup.mjs';
import { shellAsText, TEST_PROGRAM } from './shell-as-text.mjs';

/** Programs below node_modules find what they import; nothing there is ours to commit. */
const OUT = `${ROOT}node_modules/.cache/ranch-simulate`;

const wish = wishOf(process.argv.slice(2));
await ensureReady({ build: false });
await build({
  ...TEST_PROGRAM,
  absWorkingDir: ROOT,
  entryPoints: { main: 'test/simulate/main.ts', worker: 'test/simulate/worker.ts' },
  outdir: OUT,
  plugins: [shellAsText],
});
const { simulate, replay } = await import(pathToFileURL(`${OUT}/main.mjs`).href);
if (wish.trace) {
  const text = wish.scenario && (await readFile(wish.scenario, 'utf8'));
  process.exitCode = await replay(wish.seed, text);
} else process.exitCode = await simulate({ ...wish, worker: `${OUT}/worker.mjs` });

function wishOf(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        runs: { type: 'string' },
        seed: { type: 'string' },
        trace: { type: 'boolean' },
        scenario: { type: 'string' },
      },
    });
    const number = (name, otherwise) => {
      const value = Number(values[name] ?? otherwise);
      if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${values[name]}: a number`);
      return value;
    };
    return {
      runs: number('runs', 2000),
      seed: number('seed', 1),
      trace: values.trace === true,
      scenario: values.scenario,
    };
  } catch (cause) {
    say(cause.message);
    say('usage: npm run simulate -- [--runs 20000] [--seed 1] | --trace --seed 7 | --trace --scenario FILE');
    process.exit(2);
  }
}
