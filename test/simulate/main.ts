import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { drawScenario } from './draw-scenario.ts';
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

/** Everything that happens in the run of one seed, one JSON record a line. */
export async function trace(seed: number): Promise<string> {
  const { chronicle } = await play(drawScenario(seed));
  return chronicle.trace();
}
