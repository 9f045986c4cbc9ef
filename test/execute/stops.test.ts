import { describe, expect, test } from 'vitest';
import type { HostName } from '../../src/domain/brand.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import { NEW, OLD } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, freshUnit, hostPlan, planOf, type Shape, ZONE } from './plans.ts';
import { leftovers, outcomes, told } from './told.ts';

const BAD: Omit<Fault, 'host'> = { command: 'confirm', code: 'verify-failed' };

function scene(plan: Plan, faults: readonly Fault[] = []) {
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  return { ranch, journal, controller: new Controller(ranch, plan, journal) };
}

async function play(shape: Shape, bad: readonly string[], faults: readonly Fault[] = []) {
  const made = scene(planOf(shape), [...bad.map((host) => ({ ...BAD, host })), ...faults]);
  const end = await made.controller.run();
  return { ...made, end, ended: outcomes(made.journal) };
}

function live(ranch: ModelRanch): readonly string[] {
  return [...ranch.hosts.values()].map((host) => `${host.name} ${host.only.live === NEW ? 'new' : 'old'}`);
}

describe('the budget', () => {
  const shape: Shape = {
    waves: [['h1'], ['h2', 'h3', 'h4', 'h5'], ['h6']],
    options: { maxParallel: 1 },
    budget: 1,
  };

  test('lets so many fail, and says that not all is done', async () => {
    const { end, ended, ranch } = await play(shape, ['h3']);
    expect(end).toMatchObject({ outcome: 'partial', reason: 'some failed, within the budget' });
    expect(ended).toContain('h3: reverted verify-failed');
    expect(live(ranch)).toEqual(['h1 new', 'h2 new', 'h3 old', 'h4 new', 'h5 new', 'h6 new']);
  });

  test('stops at one more: nothing else is begun', async () => {
    const { end, ended } = await play(shape, ['h2', 'h3']);
    expect(end).toMatchObject({ outcome: 'failed', reason: '2 failed, the budget is 1' });
    expect(ended).toEqual([
      'h1: changed',
      'h2: reverted verify-failed',
      'h3: reverted verify-failed',
      'h4: skipped',
      'h5: skipped',
      'h6: skipped',
    ]);
  });

  test('counts hosts that could not be reached, and those that are undecided', async () => {
    const { end } = await play(
      shape,
      [],
      [
        { host: 'h2', command: 'connect', code: 'unreachable' },
        { host: 'h3', command: 'prove-again', code: 'proof-impossible' },
      ],
    );
    expect(end).toMatchObject({ outcome: 'failed', reason: '2 failed, the budget is 1' });
  });

  test('is nothing for a canary', async () => {
    const { end } = await play(shape, ['h1']);
    expect(end).toEqual({ kind: 'ended', outcome: 'reverted', reason: 'the canary h1 did not pass' });
  });

  test('of a zone stops as well', async () => {
    const wide = { ...shape, budget: 3, zones: [{ ...ZONE, maxDown: 3, budget: 1 }] };
    const { end } = await play(wide, ['h2', 'h4']);
    expect(end).toMatchObject({ outcome: 'failed', reason: '2 failed in zone lan, its budget is 1' });
  });
});

describe('on failure', () => {
  const waves = [['h1'], ['h2', 'h3'], ['h4', 'h5']] as const;
  const shape = (onFailure: 'host' | 'wave' | 'all' | 'pause'): Shape => ({
    waves,
    options: { onFailure, maxParallel: 1 },
  });

  test('of a host: it alone goes back', async () => {
    const { end, ranch } = await play(shape('host'), ['h5']);
    expect(end).toMatchObject({ outcome: 'failed', reason: '1 failed, the budget is 0' });
    expect(live(ranch)).toEqual(['h1 new', 'h2 new', 'h3 new', 'h4 new', 'h5 old']);
    expect(leftovers(ranch)).toEqual([]);
  });

  test('of its wave', async () => {
    const { end, ranch } = await play(shape('wave'), ['h5']);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(live(ranch)).toEqual(['h1 new', 'h2 new', 'h3 new', 'h4 old', 'h5 old']);
    expect(leftovers(ranch)).toEqual([]);
  });

  test('of all, newest first', async () => {
    const { end, ranch, journal } = await play(shape('all'), ['h5']);
    expect(end).toMatchObject({ outcome: 'reverted' });
    expect(live(ranch)).toEqual(['h1 old', 'h2 old', 'h3 old', 'h4 old', 'h5 old']);
    expect(told(journal).slice(-9)).toEqual([
      'h4 revert',
      'h4 = reverted',
      'h3 revert',
      'h3 = reverted',
      'h2 revert',
      'h2 = reverted',
      'h1 revert',
      'h1 = reverted',
      'rollout-ended reverted',
    ]);
    expect(leftovers(ranch)).toEqual([]);
  });

  test('a host that failed unchanged keeps the word failed, though all others went back', async () => {
    const { end } = await play(shape('all'), [], [{ host: 'h2', command: 'arm', code: 'timer-failed' }]);
    expect(end).toMatchObject({ outcome: 'failed' });
  });

  test('a first install stays where all is taken back', async () => {
    const first = hostPlan('h1', { units: [freshUnit()] });
    const { end, ranch } = await play({ waves: [[first], ['h2']], options: { onFailure: 'all' } }, ['h2']);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(live(ranch)).toEqual(['h1 new', 'h2 old']);
  });

  test('wait: it is paused, and goes on when it is resumed, within the budget', async () => {
    const waiting = { ...shape('pause'), budget: 1 };
    const { end, ranch, journal } = await play(waiting, ['h1']);
    expect(end).toEqual({ kind: 'paused', reason: 'the canary h1 did not pass' });
    const plan = planOf(waiting);
    expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'partial' });
    expect(live(ranch)).toEqual(['h1 old', 'h2 new', 'h3 new', 'h4 new', 'h5 new']);
  });

  test('wait: beyond the budget nothing but an end helps', async () => {
    const { ranch, journal } = await play(shape('pause'), ['h1']);
    const plan = planOf(shape('pause'));
    expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ kind: 'paused' });
    const last = new Controller(ranch, plan, journal);
    last.wish = 'abort';
    expect(await last.run()).toMatchObject({ outcome: 'aborted' });
  });

  const UNDO_FAULTS: readonly (readonly [string, Omit<Fault, 'host'>, string])[] = [
    ['is lost and comes again', { command: 'arm', skip: 1, lost: 'after' }, 'h1: reverted'],
    ['loses the answer to its switch', { command: 'switch', skip: 1, lost: 'after' }, 'h1: reverted'],
    ['loses the answer to its confirmation', { command: 'confirm', skip: 1, lost: 'after' }, 'h1: reverted'],
    ['loses the answer to its release', { command: 'release', skip: 1, lost: 'after' }, 'h1: reverted'],
    ['does not switch', { command: 'switch', skip: 1, code: 'never-quiet' }, 'h1: failed never-quiet'],
    ['has no timer', { command: 'arm', skip: 1, code: 'timer-failed' }, 'h1: failed timer-failed'],
    [
      'is away',
      { command: 'lease', skip: 1, before: (h) => h.goAway(3_600_000) },
      'h1: unreachable unreachable',
    ],
  ];

  test.each(UNDO_FAULTS)('an undo that %s', async (_what, fault, outcome) => {
    const { ranch, ended } = await play(shape('all'), ['h2'], [{ ...fault, host: 'h1' }]);
    expect(ended.filter((line) => line.startsWith('h1'))).toEqual(['h1: changed', outcome]);
    if (!outcome.includes('unreachable')) expect(leftovers(ranch)).toEqual([]);
    expect(ranch.host('h1').only.live).toBe(outcome === 'h1: reverted' ? OLD : NEW);
  });
});

/** Asks for something as soon as the journal has an event. */
function when(controller: Controller, what: string, wish: 'pause' | 'abort'): void {
  controller.onPoint = (point) => {
    if (point === what) controller.wish = wish;
  };
}

describe('a pause', () => {
  const plan = planOf({ waves: [['h1'], ['h2', 'h3']], options: { maxParallel: 1 } });
  const places = [
    ['before anything', 'appended rollout-started', 'h1 old, h2 old, h3 old'],
    ['after the upload', 'appended step-done h1 stage', 'h1 old, h2 old, h3 old'],
    ['after the proof', 'appended step-done h1 prove', 'h1 old, h2 old, h3 old'],
    ['within a switch, which is brought to its end', 'h1 switch: done', 'h1 new, h2 old, h3 old'],
    ['within a wave', 'appended step-done h2 switch', 'h1 new, h2 new, h3 old'],
    ['after the last host of a wave', 'appended step-done h3 confirm', 'h1 new, h2 new, h3 new'],
  ] as const;

  test.each(places)('%s leaves nothing on a host, and is resumed', async (_what, place, stand) => {
    const { ranch, journal, controller } = scene(plan);
    when(controller, place, 'pause');
    expect(await controller.run()).toEqual({ kind: 'paused', reason: 'asked for' });
    expect(live(ranch).join(', ')).toBe(stand);
    expect(leftovers(ranch)).toEqual([]);
    expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'completed' });
    expect(leftovers(ranch)).toEqual([]);
    expect(outcomes(journal)).toEqual(['h1: changed', 'h2: changed', 'h3: changed']);
  });

  test.each(places)('an abort %s: what was begun ends, the rest is skipped', async (_what, place, stand) => {
    const { ranch, journal, controller } = scene(plan);
    when(controller, place, 'abort');
    expect(await controller.run()).toEqual({ kind: 'ended', outcome: 'aborted', reason: 'asked for' });
    expect(live(ranch).join(', ')).toBe(stand);
    expect(leftovers(ranch)).toEqual([]);
    const words = outcomes(journal).map((line) => line.split(' ')[1]);
    expect(words.filter((word) => word === 'changed')).toHaveLength(stand.split('new').length - 1);
    expect(words).toHaveLength(3);
  });
});

describe('an abort of a rollout whose controller died', () => {
  const plan = planOf({ waves: [['h1', 'h2']], options: { bakeSeconds: 10 } });
  const places = [
    ['h1 lease: done', 'h1: skipped interrupted', OLD],
    ['h1 arm: done', 'h1: reverted interrupted', OLD],
    ['h1 switch: done', 'h1: reverted interrupted', OLD],
    ['h1 confirm: done', 'h1: changed', NEW],
    ['append gate-answered', 'h1: changed', NEW],
  ] as const;

  test.each(places)('at %s', async (place, outcome, binary) => {
    const { ranch, journal, controller } = scene(plan);
    controller.onPoint = (point) => {
      controller.dead ||= point === place;
    };
    expect(await controller.run()).toBe('dead');
    const second = new Controller(ranch, plan, journal);
    second.wish = 'abort';
    expect(await second.run()).toMatchObject({ outcome: 'aborted' });
    expect(outcomes(journal)).toContain(outcome);
    expect(leftovers(ranch)).toEqual([]);
    expect(ranch.host('h1').only.live).toBe(binary);
  });

  test('is finished by whoever comes next, even without the wish', async () => {
    const { ranch, journal, controller } = scene(plan);
    controller.wish = 'abort';
    controller.onPoint = (point) => {
      controller.dead ||= point === 'appended rollout-aborted';
    };
    expect(await controller.run()).toBe('dead');
    expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'aborted' });
    expect(outcomes(journal)).toEqual(['h1: skipped', 'h2: skipped']);
  });

  test('that cannot reach a host says so', async () => {
    const { ranch, journal, controller } = scene(plan);
    controller.onPoint = (point) => {
      controller.dead ||= point === 'h1 stage: done';
    };
    await controller.run();
    ranch.host('h1').goAway(3_600_000);
    const second = new Controller(ranch, plan, journal);
    second.wish = 'abort';
    expect(await second.run()).toMatchObject({ outcome: 'aborted' });
    expect(outcomes(journal)).toContain('h1: unreachable unreachable');
  });
});

describe('the order', () => {
  function ends(journal: MemoryJournal): readonly HostName[] {
    return journal.all.flatMap((event: RolloutEvent) => (event.type === 'unit-ended' ? [event.host] : []));
  }

  test('a host waits for those it comes after', async () => {
    const last = hostPlan('h2', { after: ['h4' as HostName] });
    const { journal } = await play({ waves: [['h1'], [last, 'h3', 'h4']], options: { maxParallel: 1 } }, []);
    expect(ends(journal)).toEqual(['h1', 'h3', 'h4', 'h2']);
  });

  test('a host waits for a whole zone, its own or another, and not for those of it that wait as well', async () => {
    const lasts = ['h2', 'h3'].map((name) => hostPlan(name, { afterZones: ['lan'] }));
    const far = hostPlan('h6', { zone: 'aws', afterZones: ['lan'] });
    const { journal } = await play(
      { waves: [['h1'], [far, ...lasts, 'h4', 'h5']], options: { maxParallel: 1 } },
      [],
    );
    expect(ends(journal)).toEqual(['h1', 'h4', 'h5', 'h2', 'h3', 'h6']);
    const bad = await play({ waves: [['h1'], ['h4', far]], budget: 5 }, ['h4']);
    expect(bad.ended).toContain('h6: skipped');
  });

  test('a host does not start when what it waits for failed, within the budget or not', async () => {
    const last = hostPlan('h3', { after: ['h2' as HostName] });
    const { end, ended } = await play({ waves: [['h1'], ['h2', last]], budget: 5 }, ['h2']);
    expect(ended).toEqual(['h1: changed', 'h2: reverted verify-failed', 'h3: skipped']);
    expect(end).toMatchObject({
      outcome: 'failed',
      reason: '1 host could not start: too many of their zone are down, or what they wait for failed',
    });
  });

  test('a host that may be down keeps its zone from losing another', async () => {
    const shape = {
      waves: [['h1'], ['h2', 'h3']],
      budget: 5,
      zones: [{ ...ZONE, maxDown: 1, budget: 5 }],
      options: { maxParallel: 2 },
    };
    const { ended } = await play(shape, [], [{ host: 'h2', command: 'connect', code: 'unreachable' }]);
    expect(ended).toEqual(['h1: changed', 'h2: unreachable unreachable', 'h3: skipped']);
  });

  test('a slow host holds up nobody else', async () => {
    const shape = { waves: [['h1'], ['h2', 'h3', 'h4', 'h5']], options: { maxParallel: 2 } };
    const slow: Fault = { host: 'h2', command: 'stage', skip: 1, delayMs: 50_000 };
    const { journal } = await play(shape, [], [slow]);
    expect(ends(journal)).toEqual(['h1', 'h3', 'h4', 'h5', 'h2']);
  });
});
