import { expect, test } from 'vitest';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, planOf, type Shape } from './plans.ts';
import { outcomes } from './told.ts';

function scene(shape: Shape, faults: readonly Fault[] = []) {
  const plan = planOf(shape);
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  return { ranch, journal, controller: () => new Controller(ranch, plan, journal) };
}

function gates(journal: MemoryJournal): readonly string[] {
  return journal.all.flatMap((event) =>
    event.type === 'gate-answered' ? [`${event.wave} ${event.answer}: ${event.reason}`] : [],
  );
}

const BAD: Omit<Fault, 'host'> = { command: 'confirm', code: 'verify-failed' };
const shape: Shape = { waves: [['h1'], ['h2', 'h3']], options: { maxParallel: 1 } };

test.each(['pause', 'abort'] as const)('a wave that a wish to %s came before has no answer', async (wish) => {
  const { journal, controller } = scene(shape);
  const first = controller();
  first.wish = wish;
  await first.run();
  expect(gates(journal)).toEqual([]);
  if (wish === 'abort') return;
  expect(await controller().run()).toMatchObject({ outcome: 'completed' });
  expect(gates(journal)).toEqual([
    'canary pass: nothing left to watch: 1 changed',
    'wave-1 pass: nothing left to watch: 2 changed',
  ]);
});

test('a wave that is paused between its hosts is asked once it was gone on with', async () => {
  const { journal, controller } = scene(shape);
  const first = controller();
  first.onPoint = (what) => {
    if (what === 'appended step-intended h2 confirm') first.wish = 'pause';
  };
  expect(await first.run()).toEqual({ kind: 'paused', reason: 'asked for' });
  expect(gates(journal)).toEqual(['canary pass: nothing left to watch: 1 changed']);
  await controller().run();
  expect(gates(journal).slice(1)).toEqual(['wave-1 pass: nothing left to watch: 2 changed']);
  expect(outcomes(journal)).toEqual(['h1: changed', 'h2: changed', 'h3: changed']);
});

test('a wave in which no host changed has not passed, though the budget lets the rollout go on', async () => {
  const within: Shape = { waves: [['h1'], ['h2'], ['h3']], budget: 1 };
  const { journal, controller } = scene(within, [{ ...BAD, host: 'h2' }]);
  expect(await controller().run()).toMatchObject({ outcome: 'partial' });
  expect(gates(journal).slice(1)).toEqual([
    'wave-1 fail: no host changed: 1 reverted',
    'wave-2 pass: nothing left to watch: 1 changed',
  ]);
});

test('a wave that is over its budget fails with the reason', async () => {
  const { journal, controller } = scene(shape, [{ ...BAD, host: 'h1' }]);
  await controller().run();
  expect(gates(journal)).toEqual(['canary fail: the canary h1 did not pass']);
});
