import { describe, expect, test } from 'vitest';
import type { Supervisor } from '../../src/domain/observation.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Step } from '../../src/domain/rollout.ts';
import { type Continuation, continuation } from '../../src/execute/resume-unit.ts';
import type { ArmedRecord, Inspection, Running } from '../../src/host/unit-host.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import { host, NEW, OLD } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, hostPlan, instance, planOf, unit } from './plans.ts';
import { leftovers, outcomes } from './told.ts';

const plan = planOf({ waves: [['h1']] });

/** Kills a controller at a place, does something to the host, and goes on with another controller. */
async function kill(
  at: string,
  between: (ranch: ModelRanch) => void,
  what: Plan = plan,
  faults: Fault[] = [],
) {
  const ranch = new ModelRanch(what, builds());
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  const first = new Controller(ranch, what, journal);
  first.onPoint = (point) => {
    first.dead ||= point === at;
  };
  expect(await first.run()).toBe('dead');
  between(ranch);
  const end = await new Controller(ranch, what, journal).run();
  return { ranch, h1: ranch.host('h1'), end, ended: outcomes(journal), left: leftovers(ranch) };
}

describe('what a host shows decides', () => {
  const run = { execution: new Controller(new ModelRanch(plan, builds()), plan).execution() };
  const [planned] = plan.waves[0]?.hosts ?? [];
  const armed: ArmedRecord = { holder: 'r-1', token: 1, remainingSeconds: 20, to: NEW, from: OLD };
  const runs = (sha256: Running['sha256']) => ({
    running: [{ port: 1337, pid: 1, startTicks: 1, sha256 }],
    stopped: [],
    switching: false,
  });
  const cases: readonly (readonly [string, Step, Inspection, Continuation])[] = [
    ['nothing armed', 'stage', runs(OLD), 'restart'],
    ['armed, not switched', 'arm', { ...runs(OLD), armed }, 'disarm'],
    ['armed and switched', 'switch', { ...runs(NEW), armed }, 'verify'],
    ['armed and stopped', 'switch', { ...runs(NEW), running: [], stopped: [1337], armed }, 'disarm'],
    ['too late', 'switch', { ...runs(NEW), armed: { ...armed, remainingSeconds: 0 } }, 'disarm'],
    ['armed by another', 'switch', { ...runs(NEW), armed: { ...armed, holder: 'r-0' } }, 'restart'],
    ['reverting', 'switch', { ...runs(OLD), reverting: armed }, 'disarm'],
    ['reverting for another', 'lease', { ...runs(OLD), reverting: { ...armed, holder: 'r-0' } }, 'restart'],
    ['gone back', 'switch', { ...runs(OLD), outcome: 'reverted by timer (token 1)' }, 'reverted'],
    ['an outcome of old', 'lease', { ...runs(OLD), outcome: 'reverted by timer (token 0)' }, 'restart'],
    ['confirmed', 'confirm', { ...runs(NEW), confirmed: NEW }, 'confirmed'],
    ['confirmed, not tidied', 'confirm', { ...runs(NEW), confirming: armed }, 'confirmed'],
    ['confirmed long before', 'lease', { ...runs(NEW), confirmed: NEW }, 'restart'],
    ['confirmed, another runs', 'confirm', { ...runs(OLD), confirmed: NEW }, 'restart'],
  ];

  test.each(cases)('%s, reached %s', (_what, reached, now, wanted) => {
    if (!planned) throw new Error('the plan has no host');
    const whole = { ...run, spec: host('h1'), hostPlan: planned, unit: unit() };
    expect(continuation(whole, now, reached)).toBe(wanted);
  });
});

test('a host that boots between two controllers is done again', async () => {
  const { h1, end, left } = await kill('h1 switch: done', (ranch) => ranch.host('h1').reboot());
  expect(end).toMatchObject({ outcome: 'completed' });
  expect(left).toEqual([]);
  expect(h1.only).toMatchObject({ live: NEW, switches: 2 });
});

test('what an earlier controller began on a host comes to an end, though its first unit goes wrong now', async () => {
  const second = unit({ binary: '/opt/sq', instances: [instance({ port: 1339 })] });
  const third = unit({ binary: '/srv/sq', instances: [instance({ port: 1340 })] });
  const three = planOf({ waves: [[hostPlan('h1', { units: [unit(), second, third] })]] });
  const ranch = new ModelRanch(three, builds());
  const journal = new MemoryJournal();
  const first = new Controller(ranch, three, journal);
  let confirmed = 0;
  first.onPoint = (point) => {
    if (point === 'h1 confirm: done') confirmed += 1;
    first.dead ||= confirmed === 2;
  };
  expect(await first.run()).toBe('dead');
  ranch.breaks({ host: 'h1', command: 'lease', code: 'permission-denied' });
  expect(await new Controller(ranch, three, journal).run()).toMatchObject({ kind: 'ended' });
  expect(outcomes(journal)).toEqual(['h1: changed', 'h1: failed permission-denied', 'h1: skipped']);
});

const bare = unit({ instances: [instance({ supervisor: { kind: 'bare' } })] });
const oneBare = planOf({ waves: [[hostPlan('h1', { units: [bare] })]] });

test('a bare process that a boot took is started again', async () => {
  const { h1, ended, left } = await kill('h1 stage: done', (ranch) => ranch.host('h1').reboot(), oneBare);
  expect(ended).toEqual(['h1: changed']);
  expect(h1.only.live).toBe(NEW);
  expect(left).toEqual([]);
});

test('one that ended by itself is not made up: the host moved', async () => {
  const ends = (ranch: ModelRanch) => ranch.host('h1').stop(1337, 'crash');
  const { h1, ended, left } = await kill('h1 stage: done', ends, oneBare);
  expect(ended).toEqual(['h1: failed host-moved']);
  expect(h1.only.live).toBe(OLD);
  expect(left).toEqual([]);
});

test('a boot takes the SQs of a binary whose turn has not come as well: resumed, each is adopted as it runs then', async () => {
  const kinds: readonly Supervisor[] = [{ kind: 'bare' }, { kind: 'systemd-system', unit: 'other.service' }];
  for (const supervisor of kinds) {
    const second = unit({ binary: '/opt/sq', instances: [instance({ port: 1339, supervisor })] });
    const both = planOf({ waves: [[hostPlan('h1', { units: [bare, second] })]] });
    const { ended, left } = await kill('h1 stage: done', (ranch) => ranch.host('h1').reboot(), both);
    expect(ended).toEqual(['h1: changed', 'h1: changed']);
    expect(left).toEqual([]);
  }
});

test('what an earlier rollout left as its outcome is not taken for this one', async () => {
  const { end, left } = await kill('h1 lease: done', (ranch) => {
    ranch.host('h1').only.outcome = 'reverted by timer (token 0)';
  });
  expect(end).toMatchObject({ outcome: 'completed' });
  expect(left).toEqual([]);
});

test('a host that is gone when its rollout is resumed is unreachable', async () => {
  const gone = (found: ModelRanch) => found.host('h1').goAway(3_600_000);
  const { ranch, h1, ended } = await kill('h1 switch: done', gone);
  ranch.clock.pass(5_000);
  expect(ended).toEqual(['h1: unreachable unreachable']);
  expect(h1.only).toMatchObject({ live: OLD, armed: undefined });
});

test('a confirmed host that is gone when its rollout is resumed comes back confirmed', async () => {
  const { h1, ended, left } = await kill('h1 confirm: done', (ranch) => ranch.host('h1').goAway(20_000));
  expect(ended).toEqual(['h1: changed']);
  expect(h1.only.live).toBe(NEW);
  expect(left).toEqual([]);
});

test('a rollout that was stopped by its canary stays stopped, though its controller died before it said so', async () => {
  const wide = planOf({ waves: [['h1'], ['h2']], budget: 1 });
  const bad: Fault = { host: 'h1', command: 'confirm', code: 'verify-failed' };
  const { end, ended } = await kill('appended unit-ended', () => undefined, wide, [bad]);
  expect(end).toMatchObject({ outcome: 'reverted', reason: 'the canary h1 did not pass' });
  expect(ended).toEqual(['h1: reverted verify-failed', 'h2: skipped']);
});

test('a unit that was being put back is not tried anew', async () => {
  const bad: Fault = { host: 'h1', command: 'confirm', code: 'verify-failed' };
  const { h1, ended, left } = await kill('h1 revert: sent', () => undefined, plan, [bad]);
  expect(ended).toEqual(['h1: reverted interrupted']);
  expect(h1.only).toMatchObject({ live: OLD, switches: 1, reverts: 1 });
  expect(left).toEqual([]);
});

test('two controllers die, each anywhere; the third ends it well', async () => {
  const scene = planOf({
    waves: [['h1'], ['h2', 'h3']],
    options: { bakeSeconds: 6, onFailure: 'all' },
    budget: 1,
  });
  const random = seededRandom(11);
  const bad: Fault = { host: 'h3', command: 'confirm', code: 'verify-failed' };
  for (let round = 0; round < 80; round++) {
    const ranch = new ModelRanch(scene, builds());
    if (round % 2 === 0) ranch.breaks(bad);
    const journal = new MemoryJournal();
    const cuts = [Math.floor(random.next() * 280), Math.floor(random.next() * 160)] as const;
    for (const cut of cuts) {
      if (journal.status !== undefined && journal.status !== 'running') break;
      await new Controller(ranch, scene, journal).cutAt(cut, 'kill').run();
      ranch.clock.pass(random.next() < 0.3 ? 45_000 : 0);
    }
    if (journal.status === undefined || journal.status === 'running')
      expect(await new Controller(ranch, scene, journal).run()).toMatchObject({ kind: 'ended' });
    expect([cuts, leftovers(ranch)]).toEqual([cuts, []]);
    expect([
      cuts,
      outcomes(journal).filter((line) => /failed|unreachable|inconcl/.test(line.split(' ')[1] ?? '')),
    ]).toEqual([cuts, []]);
  }
});

test.each(['switch', 'verify'] as const)(
  'a unit that a boot put back after its %s is told as reverted by an abort',
  async (step) => {
    const ranch = new ModelRanch(plan, builds());
    const journal = new MemoryJournal();
    const first = new Controller(ranch, plan, journal);
    first.onPoint = (what) => {
      if (what === `appended step-done h1 ${step}`) first.dead = true;
    };
    expect(await first.run()).toBe('dead');
    ranch.host('h1').reboot();
    const second = new Controller(ranch, plan, journal);
    second.wish = 'abort';
    expect(await second.run()).toMatchObject({ outcome: 'aborted' });
    expect(outcomes(journal)).toEqual(['h1: reverted interrupted']);
    expect(ranch.host('h1').only.live).toBe(OLD);
    expect(leftovers(ranch)).toEqual([]);
  },
);

test('a unit that was confirmed, and whose bare process a power cut ended since, is not told as never begun', async () => {
  const bare = instance({ supervisor: { kind: 'bare' } });
  const scene = planOf({
    waves: [[hostPlan('h1', { units: [unit({ instances: [bare] })] })]],
    options: { bakeSeconds: 20 },
  });
  const ranch = new ModelRanch(scene, builds());
  const journal = new MemoryJournal();
  const first = new Controller(ranch, scene, journal);
  first.onPoint = (what) => {
    if (what === 'appended step-done h1 confirm') first.dead = true;
  };
  expect(await first.run()).toBe('dead');
  ranch.host('h1').reboot();
  const second = new Controller(ranch, scene, journal);
  second.wish = 'abort';
  expect(await second.run()).toMatchObject({ outcome: 'aborted' });
  expect(outcomes(journal)).toEqual(['h1: failed verify-failed']);
});
