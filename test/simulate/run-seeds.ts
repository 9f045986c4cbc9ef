import { check } from './check.ts';
import { unsaved } from './check-rest.ts';
import { drawScenario } from './draw-scenario.ts';
import type { Scenario } from './scenario.ts';
import { emptyTally, type Tally } from './tally.ts';
import { type Run, simulate } from './world.ts';

function add(to: Record<string, number>, name: string, count = 1): void {
  to[name] = (to[name] ?? 0) + count;
}

function count(tally: Tally, run: Run): void {
  const { entries } = run.chronicle;
  tally.runs += 1;
  tally.happened += entries.length;
  tally.unsaved += unsaved(entries);
  for (const [kind, times] of run.injected) add(tally.faults, kind, times);
  for (const entry of entries) {
    if (entry.kind !== 'journal') continue;
    if (entry.event.type === 'unit-ended') add(tally.units, entry.event.outcome);
    if (entry.event.type === 'rollout-ended') add(tally.rollouts, entry.event.outcome);
  }
}

/** Runs one scenario and judges it. */
export async function judge(scenario: Scenario, tally: Tally = emptyTally()): Promise<readonly string[]> {
  const run = await simulate(scenario);
  count(tally, run);
  const wrong = check(run);
  if (wrong.length > 0) tally.broken.push({ seed: scenario.seed, wrong });
  return wrong;
}

/** Runs so many seeds, one after the other, from the first on. */
export async function runSeeds(first: number, runs: number): Promise<Tally> {
  const tally = emptyTally();
  for (let seed = first; seed < first + runs; seed++) await judge(drawScenario(seed), tally);
  return tally;
}
