import { parentPort, workerData } from 'node:worker_threads';
import { runSeeds } from './run-seeds.ts';

/** Seeds of one report: often enough to show that it goes on. */
const BLOCK = 100;

// A thousand errors a second, and nobody reads where they came from.
Error.stackTraceLimit = 0;

/** What a thread is given: every `step`th block of seeds, from its own on. */
interface Share {
  readonly seed: number;
  readonly runs: number;
  readonly number: number;
  readonly step: number;
}

function isShare(data: unknown): data is Share {
  return typeof data === 'object' && data !== null && 'seed' in data && 'runs' in data;
}

const share: unknown = workerData;
if (isShare(share)) {
  const { seed, runs, number, step } = share;
  for (let at = number * BLOCK; at < runs; at += step * BLOCK) {
    parentPort?.postMessage(await runSeeds(seed + at, Math.min(BLOCK, runs - at)));
  }
}
