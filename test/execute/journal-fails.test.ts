import { expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, planOf } from './plans.ts';
import { leftovers, outcomes } from './told.ts';

const full = () =>
  new RanchError({ code: 'store-failed', place: 'journal', message: 'no space', remedy: 'Free some.' });

/** Runs it with a journal that fails at its nth append, then resumes it; undefined when there is no such append. */
async function failingAt(at: number, waves: string[][], faults: readonly Fault[]) {
  const plan = planOf({ waves, options: { onFailure: 'all', bakeSeconds: 5 } });
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  const first = new Controller(ranch, plan, journal);
  let appends = 0;
  first.onPoint = (what) => {
    if (!what.startsWith('append ')) return;
    appends += 1;
    if (appends === at + 1) throw full();
  };
  const end = await first.run().catch((error: unknown) => error);
  if (appends <= at) return undefined;
  const told = outcomes(journal);
  await new Controller(ranch, plan, journal).run();
  return { end, told, after: outcomes(journal), status: journal.status, left: leftovers(ranch) };
}

test.each([
  ['all goes well', [['h1'], ['h2']], [], 'completed'],
  ['two bake at once', [['h1', 'h2']], [], 'completed'],
  [
    'all is taken back',
    [['h1'], ['h2']],
    [{ host: 'h2', command: 'confirm', code: 'verify-failed' }],
    'reverted',
  ],
] satisfies [string, string[][], Fault[], string][])(
  'wherever the journal fails once while %s, that ends the run and is no failure of a host',
  async (_name, waves, faults, wanted) => {
    let at = 0;
    for (;;) {
      const run = await failingAt(at, waves, faults);
      if (run === undefined) break;
      expect([at, run.end]).toEqual([at, expect.objectContaining({ code: 'store-failed' })]);
      expect([...run.told, ...run.after].filter((each) => each.includes('store-failed'))).toEqual([]);
      expect([at, run.left]).toEqual([at, []]);
      // Where the failure itself was not told yet, whoever resumes may find that the host is well.
      if (wanted === 'completed') expect([at, run.status]).toEqual([at, wanted]);
      else expect(['completed', 'reverted', 'failed']).toContain(run.status);
      at += 1;
    }
    expect(at).toBeGreaterThan(40);
  },
  120_000,
);
