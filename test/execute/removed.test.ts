import { expect, test } from 'vitest';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { ModelRanch } from './model-ranch.ts';
import { builds, planOf } from './plans.ts';

/** A rollout that dies at a place; h1 is out of the inventory when it is gone on with. */
async function removedAfter(place: string, wish: 'run' | 'abort', budget = 1) {
  const plan = planOf({ waves: [['canary'], ['h1'], ['h2']], budget });
  const ranch = new ModelRanch(plan, builds());
  const journal = new MemoryJournal();
  const first = new Controller(ranch, plan, journal);
  first.onPoint = (point) => {
    first.dead ||= point === place;
  };
  expect(await first.run()).toBe('dead');
  const done = ranch.log.length;
  const controller = new Controller(ranch, plan, journal);
  controller.wish = wish;
  const execution = controller.execution();
  const hosts = new Map([...execution.hosts].filter(([name]) => name !== 'h1'));
  const end = await controller.run({ ...execution, hosts });
  const ended = journal.events(execution.rollout).flatMap((event) => {
    if (event.type !== 'unit-ended') return [];
    return [`${event.host} ${event.outcome}${event.trouble ? ` ${event.trouble.code}` : ''}`];
  });
  return { end, ended, since: ranch.log.slice(done) };
}

test('a host that the inventory lost before its turn is skipped, and nothing is done on it', async () => {
  const { end, ended, since } = await removedAfter('append step-intended h1 lease', 'run');
  expect(end).toMatchObject({ kind: 'ended', outcome: 'completed' });
  expect(ended).toEqual(['canary changed', 'h1 skipped plan-stale', 'h2 changed']);
  expect(since.filter((line) => line.includes('h1'))).toEqual([]);
});

test('one that was begun counts as unreachable, and the others are gone on with as the budget lets them', async () => {
  const { end, ended } = await removedAfter('appended step-intended h1 stage', 'run');
  expect(end).toMatchObject({ kind: 'ended', outcome: 'partial' });
  expect(ended).toEqual(['canary changed', 'h1 unreachable plan-stale', 'h2 changed']);
});

test('it stops a rollout whose budget does not let it be lost', async () => {
  const { end, ended } = await removedAfter('appended step-intended h1 stage', 'run', 0);
  expect(end).toMatchObject({ kind: 'ended', outcome: 'failed' });
  expect(ended).toEqual(['canary changed', 'h1 unreachable plan-stale', 'h2 skipped']);
});

test('a rollout can be aborted without it', async () => {
  const { end, ended } = await removedAfter('appended step-intended h1 stage', 'abort');
  expect(end).toMatchObject({ kind: 'ended', outcome: 'aborted' });
  expect(ended).toEqual(['canary changed', 'h1 unreachable plan-stale', 'h2 skipped']);
});
