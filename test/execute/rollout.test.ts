import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { NEW, OLD } from '../plan/given.ts';
import { stateDir } from '../store/fixtures.ts';
import { Controller, ROLLOUT } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { ModelRanch } from './model-ranch.ts';
import { builds, freshUnit, hostPlan, instance, planOf, unit } from './plans.ts';
import { leftovers, outcomes, told } from './told.ts';

const ALL_DONE = { kind: 'ended', outcome: 'completed', reason: 'all done' } as const;

function unitOf(host: string): readonly string[] {
  const steps = ['lease', 'stage', 'prove', 'arm', 'switch', 'verify', 'confirm', 'bake', 'release'];
  return [...steps.flatMap((step) => [`${host} ${step}?`, `${host} ${step}`]), `${host} = changed`];
}

test('a canary, then the rest: every step is journaled before and after', async () => {
  const plan = planOf({ waves: [['h1'], ['h2']] });
  const ranch = new ModelRanch(plan, builds());
  const journal = new MemoryJournal();
  const controller = new Controller(ranch, plan, journal);
  expect(await controller.run()).toEqual(ALL_DONE);
  expect(told(journal, true)).toEqual([
    'rollout-started',
    'wave-started canary',
    ...unitOf('h1'),
    'gate canary: pass',
    'wave-ended canary',
    'wave-started wave-1',
    ...unitOf('h2'),
    'gate wave-1: pass',
    'wave-ended wave-1',
    'rollout-ended completed',
  ]);
  expect(leftovers(ranch)).toEqual([]);
  for (const host of ranch.hosts.values()) {
    expect(host.only).toMatchObject({ live: NEW, confirmed: NEW, previous: OLD, switches: 1, reverts: 0 });
    expect(host.running(1337)?.sha256).toBe(NEW);
  }
});

test('a host is asked in this order, and 0.5.1 not at all', async () => {
  const plan = planOf({ waves: [['h1']] });
  const ranch = new ModelRanch(plan, builds());
  const old = ranch.host('h1').processes.get(1337)?.server;
  await new Controller(ranch, plan).run();
  expect(ranch.log.map((line) => line.replace('h1 ', ''))).toEqual([
    ...['lease', 'staged', 'stage'],
    ...['prove-begin', 'http toc 20001', 'http update 20001', 'http checksum 20001'],
    ...['prove-again', 'http select 20003', 'http checksum 20003', 'http select 20002'],
    ...['arm', 'switch', 'key', 'full'],
    ...['version', 'select', 'update', 'select', 'delete', 'select', 'select'].map((at) => `http ${at} 1337`),
    ...['confirm', 'release'],
  ]);
  expect(old?.asked).toEqual([]);
});

test('what is told to whoever looks on: each event after the journal has it, and how far uploads are', async () => {
  const plan = planOf({ waves: [['h1']] });
  const ranch = new ModelRanch(plan, builds());
  const journal = new MemoryJournal();
  const controller = new Controller(ranch, plan, journal);
  await controller.run();
  expect(controller.seen.filter(({ type }) => type !== 'upload-progress')).toEqual(journal.all);
  const sent = controller.seen.flatMap((event) => ('sentBytes' in event ? [event.sentBytes] : []));
  expect(sent).toEqual([75_000, 150_000]);
});

test('nothing is sent that is there already', async () => {
  const plan = planOf({ waves: [['h1']] });
  const ranch = new ModelRanch(plan, builds());
  ranch.host('h1').only.releases.add(NEW);
  expect(await new Controller(ranch, plan).run()).toEqual(ALL_DONE);
  expect(ranch.log).not.toContain('h1 stage');
});

test('two units of a host, one after the other, and two instances of one unit', async () => {
  const second = unit({ binary: '/opt/sq', instances: [instance({ port: 1339 })] });
  const two = unit({ instances: [instance(), instance({ port: 1338, supervisor: { kind: 'bare' } })] });
  const plan = planOf({ waves: [[hostPlan('h1', { units: [two, second] })]] });
  const ranch = new ModelRanch(plan, builds());
  const journal = new MemoryJournal();
  expect(await new Controller(ranch, plan, journal).run()).toEqual(ALL_DONE);
  expect(outcomes(journal)).toEqual(['h1: changed', 'h1: changed']);
  expect(leftovers(ranch)).toEqual([]);
  const { processes } = ranch.host('h1');
  expect([...processes.values()].map(({ sha }) => sha)).toEqual([NEW, NEW, NEW]);
});

test('the second unit of a host is not begun after the first failed', async () => {
  const second = unit({ binary: '/opt/sq', instances: [instance({ port: 1339 })] });
  const plan = planOf({ waves: [[hostPlan('h1', { units: [unit(), second] })]] });
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks({ host: 'h1', command: 'confirm', code: 'verify-failed' });
  const journal = new MemoryJournal();
  expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'reverted' });
  expect(outcomes(journal)).toEqual(['h1: reverted verify-failed', 'h1: skipped']);
  expect(leftovers(ranch)).toEqual([]);
});

test('a failed second unit counts at once, though the first waits for its gate', async () => {
  const second = unit({ binary: '/opt/sq', instances: [instance({ port: 1339 })] });
  const hosts = ['h2', 'h3'].map((name) => hostPlan(name, { units: [unit(), second] }));
  const plan = planOf({ waves: [['h1'], hosts], options: { bakeSeconds: 10, maxParallel: 1 } });
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks({ host: 'h2', command: 'confirm', skip: 1, code: 'verify-failed' });
  const journal = new MemoryJournal();
  expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'failed' });
  expect(outcomes(journal)).toEqual([
    'h1: changed',
    'h2: reverted verify-failed',
    'h2: changed',
    'h3: skipped',
    'h3: skipped',
  ]);
  expect(leftovers(ranch)).toEqual([]);
});

test('a first install has nothing to go back to, and is not asked about what ran before', async () => {
  const plan = planOf({ waves: [[hostPlan('h1', { units: [freshUnit()] })]] });
  const ranch = new ModelRanch(plan, builds());
  expect(await new Controller(ranch, plan).run()).toEqual(ALL_DONE);
  expect(ranch.host('h1').running(1337)?.sha256).toBe(NEW);
  expect(leftovers(ranch)).toEqual([]);
});

test('a first install that does not verify is taken away again', async () => {
  const plan = planOf({ waves: [[hostPlan('h1', { units: [freshUnit()] })]] });
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks({ host: 'h1', command: 'confirm', code: 'verify-failed' });
  const journal = new MemoryJournal();
  await new Controller(ranch, plan, journal).run();
  expect(outcomes(journal)).toEqual(['h1: reverted verify-failed']);
  expect(ranch.host('h1').running(1337)).toBeUndefined();
  expect(leftovers(ranch)).toEqual([]);
});

test('the real store takes every event, and a second execution goes on from it', async () => {
  const plan = planOf({ waves: [['h1'], ['h2']] });
  const ranch = new ModelRanch(plan, builds());
  const store = await openStore(stateDir(), { clock: ranch.clock });
  store.savePlan(plan);
  const first = new Controller(ranch, plan, store);
  first.onPoint = (what) => {
    if (what === 'h2 switch: done') first.interrupt();
  };
  expect(await first.run()).toEqual({ kind: 'paused', reason: 'interrupted' });
  expect(store.showRollout(ROLLOUT).rollout).toMatchObject({ status: 'paused', reason: 'interrupted' });
  expect(await new Controller(ranch, plan, store).run()).toEqual(ALL_DONE);
  const { rollout, units } = store.showRollout(ROLLOUT);
  expect(rollout).toMatchObject({ status: 'completed' });
  expect(units).toMatchObject([{ outcome: 'changed' }, { outcome: 'changed' }]);
  expect(leftovers(ranch)).toEqual([]);
  store.close();
});

test('after an interruption no further step is meant', async () => {
  const plan = planOf({ waves: [['h1']] });
  const journal = new MemoryJournal();
  const controller = new Controller(new ModelRanch(plan, builds()), plan, journal);
  controller.onPoint = (what) => {
    if (what === 'appended step-done h1 lease') controller.interrupt();
  };
  expect(await controller.run()).toEqual({ kind: 'paused', reason: 'interrupted' });
  expect(told(journal, true).slice(-2)).toEqual(['h1 lease', 'rollout-paused']);
});

test('a journal that takes nothing any more stops everything', async () => {
  const plan = planOf({ waves: [['h1', 'h2']] });
  const ranch = new ModelRanch(plan, builds());
  const journal = new MemoryJournal();
  const append = journal.append.bind(journal);
  let full = false;
  journal.append = (event) => {
    full ||= event.type === 'step-intended' && event.step === 'switch';
    if (full) throw new Error('the disk is full');
    append(event);
  };
  await expect(new Controller(ranch, plan, journal).run()).rejects.toThrow('the disk is full');
  expect(ranch.log.filter((line) => line.endsWith('switch'))).toEqual([]);
  ranch.clock.pass(31_000);
  for (const host of ranch.hosts.values()) expect(host.only).toMatchObject({ live: OLD, armed: undefined });
});
