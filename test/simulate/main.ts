import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { check } from './check.ts';
import { drawScenario } from './draw-scenario.ts';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import { addTally, type Broken, emptyTally, showTally, type Tally } from './tally.ts';
import { simulate as play } from './world.ts';

/** So many failures are made small; the others are named. */
const SHRUNK = 3;
/** Room for what a run throws away: with less the collector runs all the time. */
const YOUNG_MB = 96;

/** What `npm run simulate` was asked for. */
export interface Asked {
  readonly runs: number;
  readonly seed: number;
  /** The module that a thread runs. */
  readonly worker: string;
}

function work({ runs, seed, worker }: Asked, number: number, step: number, take: (tally: Tally) => void) {
  return new Promise<void>((resolve, reject) => {
    const thread = new Worker(worker, {
      workerData: { runs, seed, number, step },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    thread.on('message', take);
    thread.once('error', reject);
    thread.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a thread of the simulation ended with ${code}`)),
    );
  });
}

async function showBroken({ seed, wrong }: Broken): Promise<void> {
  console.log(`\nseed ${seed}:\n  ${wrong.join('\n  ')}`);
  const small = await shrink(drawScenario(seed));
  console.log(`smallest that fails (${small.steps} steps):\n${JSON.stringify(small.scenario)}`);
  console.log(`  ${small.wrong.join('\n  ')}`);
  console.log(`replay: npm run simulate -- --trace --seed ${seed}`);
  console.log('the smallest: write its line to FILE, then npm run simulate -- --trace --scenario FILE');
}

/** Runs the seeds over all processors, tells what came of them, and gives the exit code: 1 when a promise was broken. */
export async function simulate(asked: Asked): Promise<number> {
  const { runs, seed } = asked;
  const start = performance.now();
  const tally = emptyTally();
  let told = 0;
  const take = (part: Tally): void => {
    addTally(tally, part);
    if (tally.runs - told < 5_000) return;
    told = tally.runs;
    console.error(`${tally.runs} of ${runs}, ${tally.broken.length} lost`);
  };
  const threads = availableParallelism();
  await Promise.all(Array.from({ length: threads }, (_, number) => work(asked, number, threads, take)));
  const seconds = (performance.now() - start) / 1000;
  console.log(`seeds ${seed} to ${seed + runs - 1} in ${seconds.toFixed(1)} s on ${threads} threads`);
  console.log(showTally(tally));
  const broken = tally.broken.sort((a, b) => a.seed - b.seed);
  for (const each of broken.slice(0, SHRUNK)) await showBroken(each);
  if (broken.length > SHRUNK)
    console.log(
      `\nalso: ${broken
        .slice(SHRUNK)
        .map((each) => each.seed)
        .join(' ')}`,
    );
  return broken.length > 0 ? 1 : 0;
}

function isScenario(data: unknown): data is Scenario {
  return (
    typeof data === 'object' && data !== null && Object.keys(drawScenario(0)).every((key) => key in data)
  );
}

/**
 * Runs one scenario again: that of a seed, or the text of a smaller one as `simulate` printed it. Prints all that
 * happens, one JSON record a line, then what is wrong with it. Gives the exit code.
 */
export async function replay(seed: number, text?: string): Promise<number> {
  const scenario: unknown = text === undefined ? drawScenario(seed) : JSON.parse(text);
  if (!isScenario(scenario)) throw new Error('this is no scenario as `npm run simulate` prints one');
  const run = await play(scenario);
  const wrong = check(run);
  process.stdout.write(run.chronicle.trace());
  for (const what of wrong) console.error(what);
  return wrong.length > 0 ? 1 : 0;
}
