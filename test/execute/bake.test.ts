import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { NEW, OLD, OTHER } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, freshUnit, hostPlan, instance, planOf } from './plans.ts';
import { leftovers, outcomes, told } from './told.ts';

const plan = planOf({ waves: [['h1'], ['h2', 'h3']], options: { bakeSeconds: 12 } });

async function play(faults: readonly Fault[], what: Plan = plan) {
  const ranch = new ModelRanch(what, builds());
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  const end = await new Controller(ranch, what, journal).run();
  return { ranch, journal, end, ended: outcomes(journal) };
}

function gate(journal: MemoryJournal): readonly string[] {
  return journal.all.flatMap((event) =>
    event.type === 'gate-answered' ? [`${event.wave} ${event.answer}: ${event.reason}`] : [],
  );
}

test('confirmed units are looked at for as long as was asked, then let go', async () => {
  const { ranch, journal, end } = await play([]);
  expect(end).toMatchObject({ outcome: 'completed' });
  expect(gate(journal)).toEqual([
    'canary pass: 1 unit ran for 12 s as confirmed',
    'wave-1 pass: 2 units ran for 12 s as confirmed',
  ]);
  expect(ranch.log.filter((line) => line === 'h1 inspect')).toHaveLength(3);
  expect(ranch.clock.monotonic()).toBeGreaterThan(24_000);
  expect(leftovers(ranch)).toEqual([]);
});

describe('a gate that fails', () => {
  const cases: readonly (readonly [string, Omit<Fault, 'host' | 'command'>, string])[] = [
    ['SQ was restarted', { before: (h) => h.restart(1337) }, 'SQ on port 1337 of h2 was restarted'],
    ['SQ is gone', { before: (h) => h.processes.delete(1337) }, 'SQ on port 1337 of h2 is gone'],
    [
      'another binary runs',
      {
        before: (h) => {
          h.start(instance(), OTHER);
        },
      },
      'port 1337 of h2 runs another binary',
    ],
  ];

  test.each(cases)('because %s: that host goes back', async (_what, fault, reason) => {
    const { ranch, journal, end, ended } = await play([
      { ...fault, host: 'h2', command: 'inspect', skip: 1 },
    ]);
    expect(gate(journal)[1]).toBe(`wave-1 fail: ${reason}`);
    expect(ended.toSorted()).toEqual(['h1: changed', 'h2: reverted', 'h3: changed']);
    expect(end).toMatchObject({ outcome: 'failed', reason: '1 failed, the budget is 0' });
    expect(ranch.host('h2').only.live).toBe(OLD);
    expect(leftovers(ranch)).toEqual([]);
  });

  test('for the canary stops the rollout', async () => {
    const { ended, end } = await play([{ host: 'h1', command: 'inspect', before: (h) => h.restart(1337) }]);
    expect(end).toMatchObject({ outcome: 'reverted' });
    expect(ended).toEqual(['h1: reverted', 'h2: skipped', 'h3: skipped']);
  });

  test('for a first install leaves it and says that it failed', async () => {
    const first = planOf({
      waves: [[hostPlan('h1', { units: [freshUnit()] })]],
      options: { bakeSeconds: 12 },
    });
    const { ranch, ended, end } = await play(
      [{ host: 'h1', command: 'inspect', before: (h) => h.restart(1337) }],
      first,
    );
    expect(ended).toEqual(['h1: failed revert-failed']);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(ranch.host('h1').only.live).toBe(NEW);
    expect(leftovers(ranch)).toEqual([]);
  });
});

describe('a gate that cannot be answered', () => {
  const away: Fault = { host: 'h2', command: 'inspect', skip: 2, after: (h) => h.goAway(60_000) };

  test('pauses, and is asked again when the rollout is resumed', async () => {
    const { ranch, journal, end } = await play([away]);
    expect(end).toEqual({ kind: 'paused', reason: 'h2: unreachable' });
    ranch.clock.pass(60_000);
    expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'completed' });
    expect(gate(journal).slice(1)).toEqual([
      'wave-1 inconclusive: h2: unreachable',
      'wave-1 pass: 2 units ran for 12 s as confirmed',
    ]);
    expect(outcomes(journal)).toEqual(['h1: changed', 'h2: changed', 'h3: changed']);
    expect(leftovers(ranch)).toEqual([]);
  });

  test('for an answer that cannot be read pauses as well', async () => {
    const { end } = await play([{ host: 'h2', command: 'inspect', code: 'host-answer-invalid', times: 99 }]);
    expect(end).toEqual({ kind: 'paused', reason: 'h2: host-answer-invalid' });
  });

  test('does not matter while it is not the last look', async () => {
    const { end } = await play([{ host: 'h2', command: 'inspect', lost: 'before' }]);
    expect(end).toMatchObject({ outcome: 'completed' });
  });
});

describe('a wish during a bake is heard at once, and nothing is kept on the host for it', () => {
  function wishing(wish: 'pause' | 'abort') {
    const ranch = new ModelRanch(plan, builds());
    const journal = new MemoryJournal();
    const controller = new Controller(ranch, plan, journal);
    ranch.breaks({
      host: 'h1',
      command: 'inspect',
      before: () => {
        controller.wish = wish;
      },
    });
    return { ranch, journal, controller };
  }

  test('a pause ends it, and a resume watches for the whole time', async () => {
    const { ranch, journal, controller } = wishing('pause');
    const end = await controller.run();
    const reason = 'asked for after 5 s of the 12 s that its gate watches';
    expect(end).toEqual({ kind: 'paused', reason });
    expect(ranch.clock.monotonic()).toBeLessThan(7_000);
    expect(leftovers(ranch)).toEqual([]);
    expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'completed' });
    expect(gate(journal).slice(0, 2)).toEqual([
      `canary inconclusive: ${reason}`,
      'canary pass: 1 unit ran for 12 s as confirmed',
    ]);
    expect(outcomes(journal)).toEqual(['h1: changed', 'h2: changed', 'h3: changed']);
  });

  test('an abort ends it: what is confirmed stays', async () => {
    const { ranch, journal, controller } = wishing('abort');
    expect(await controller.run()).toMatchObject({ outcome: 'aborted' });
    expect(outcomes(journal)).toEqual(['h1: changed', 'h2: skipped', 'h3: skipped']);
    expect(ranch.host('h1').only.live).toBe(NEW);
    expect(leftovers(ranch)).toEqual([]);
  });
});

test('a defect in the look is no answer of a gate', async () => {
  const broken: Fault = {
    host: 'h1',
    command: 'inspect',
    before: () => {
      throw new TypeError('a defect');
    },
  };
  await expect(play([broken])).rejects.toThrow('a defect');
});

test('a confirmation that was lost is watched with the processes that run', async () => {
  const { journal, end } = await play([{ host: 'h1', command: 'confirm', lost: 'after' }]);
  expect(end).toMatchObject({ outcome: 'completed' });
  const confirmed = journal.all.find((event) => event.type === 'step-done' && event.step === 'confirm');
  expect(confirmed).toMatchObject({ host: 'h1', facts: { pids: ['5001'] } });
});

test('a confirmed host that is lost when it is let go is changed all the same', async () => {
  const { end, ended } = await play([{ host: 'h1', command: 'release', lost: 'before', times: 99 }]);
  expect(end).toMatchObject({ outcome: 'completed' });
  expect(ended[0]).toBe('h1: changed connection-lost');
});

test('after a wave whose gate found one bad host, the others of it are let go first', async () => {
  const { journal } = await play([{ host: 'h2', command: 'inspect', before: (h) => h.restart(1337) }]);
  const lines = told(journal);
  expect(lines.indexOf('gate wave-1: fail')).toBeLessThan(lines.indexOf('h3 release'));
  expect(lines.at(-1)).toBe('rollout-ended failed');
});
