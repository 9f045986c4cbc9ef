import { expect, test } from 'vitest';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import { nextProgress, progressRows, startProgress } from '../../src/views/progress.ts';
import { host, hostPlan, NOW, PLAN, script, TROUBLE, UNIT, unitPlan } from './fixtures.ts';

const fold = (events: readonly RolloutEvent[], plan = PLAN) =>
  events.reduce(nextProgress, startProgress(plan));

const rowOf = (events: readonly RolloutEvent[], name: string) =>
  progressRows(fold(events)).find((row) => row.host === name);

test('nothing has happened before the first event', () => {
  const progress = startProgress(PLAN);
  expect(progressRows(progress).map((row) => [row.label, row.wave, row.marks])).toEqual([
    ['aurora-continuum', 0, {}],
    ['halcyon-vector', 1, {}],
    ['lilly', 1, {}],
    ['mirrorborn.us', 2, {}],
  ]);
});

test('a step runs from its intent to its outcome', () => {
  const s = script();
  s.done('lilly', ['lease']);
  s.begin('lilly', 'stage', 2);
  const at = s.events.at(-1)?.at;
  expect(rowOf(s.events, 'lilly')).toMatchObject({
    marks: { lease: 'done', stage: 'running' },
    current: { step: 'stage', attempt: 2, since: at },
  });
});

test('a confirmed unit bakes until its gate lets it go, takes it back or is left for later', () => {
  const confirmed = () => {
    const s = script();
    s.done('lilly', ['lease', 'stage', 'prove', 'arm', 'switch', 'verify', 'confirm']);
    return s;
  };
  const s = confirmed();
  expect(rowOf(s.events, 'lilly')).toMatchObject({
    marks: { confirm: 'done', bake: 'running' },
    current: { step: 'bake', since: s.events.at(-1)?.at },
  });
  const passed = confirmed();
  passed.done('lilly', ['bake']);
  expect(rowOf(passed.events, 'lilly')?.marks.bake).toBe('done');
  expect(rowOf(passed.events, 'lilly')?.current).toBeUndefined();
  const failed = confirmed();
  failed.begin('lilly', 'revert');
  expect(rowOf(failed.events, 'lilly')).toMatchObject({ current: { step: 'revert' } });
  expect(rowOf(failed.events, 'lilly')?.marks.bake).toBeUndefined();
  const paused = confirmed();
  paused.add({ type: 'rollout-paused', reason: 'asked for' });
  expect(rowOf(paused.events, 'lilly')?.current).toBeUndefined();
  expect(rowOf(paused.events, 'lilly')?.marks.bake).toBeUndefined();
});

test('an upload is shown while its step runs, and gone after', () => {
  const s = script();
  s.begin('aurora-continuum', 'stage');
  const upload = {
    type: 'upload-progress',
    host: host('aurora-continuum'),
    unit: UNIT,
    sentBytes: 5,
    totalBytes: 10,
    at: NOW,
  } as const;
  const during = nextProgress(fold(s.events), upload);
  expect(progressRows(during)[0]?.upload).toEqual({ sentBytes: 5, totalBytes: 10 });
  s.done('aurora-continuum', ['stage']);
  const after = s.events.slice(-1).reduce(nextProgress, during);
  expect(progressRows(after)[0]).not.toHaveProperty('upload');
});

test('a revert that is done takes the switch back; one that failed does not', () => {
  const good = script();
  good.done('halcyon-vector', ['lease', 'stage', 'prove', 'arm', 'switch']);
  good.fail('halcyon-vector', 'verify', TROUBLE);
  const bad = script();
  bad.events.push(...good.events);
  good.done('halcyon-vector', ['revert']);
  bad.fail('halcyon-vector', 'revert', { ...TROUBLE, code: 'revert-failed' });
  expect(rowOf(good.events, 'halcyon-vector')?.marks).toMatchObject({ switch: 'reverted', verify: 'failed' });
  expect(rowOf(bad.events, 'halcyon-vector')?.marks).toMatchObject({ switch: 'done', revert: 'failed' });
});

test('the end of a unit keeps the trouble that led to it', () => {
  const s = script();
  s.fail('lilly', 'prove', TROUBLE);
  s.end('lilly', 'failed');
  expect(rowOf(s.events, 'lilly')).toMatchObject({ outcome: 'failed', trouble: TROUBLE });
});

test('a changed unit that is reverted later is under way again', () => {
  const s = script();
  s.done('lilly', ['lease', 'stage', 'prove', 'arm', 'switch', 'verify', 'confirm', 'bake', 'release']);
  s.end('lilly', 'changed');
  s.begin('lilly', 'revert');
  expect(rowOf(s.events, 'lilly')).not.toHaveProperty('outcome');
});

test('a pause has its reason until it is resumed', () => {
  const s = script();
  s.add({ type: 'rollout-started', plan: PLAN.hash, by: 'w' });
  s.add({ type: 'gate-answered', wave: 'canary', answer: 'inconclusive', reason: 'no answer' });
  expect(fold(s.events).reason).toBe('gate inconclusive: no answer');
  s.add({ type: 'rollout-paused', reason: 'the gate was inconclusive' });
  expect(fold(s.events)).toMatchObject({ status: 'paused', reason: 'the gate was inconclusive' });
  s.add({ type: 'rollout-resumed', by: 'w' });
  expect(fold(s.events).status).toBe('running');
  expect(fold(s.events)).not.toHaveProperty('reason');
});

test('two units of a host are told apart by port, and the earlier progress is left as it was', () => {
  const two = hostPlan('two', { units: [unitPlan([1337]), unitPlan([1339], '/opt/sq')] });
  const before = startProgress({
    ...PLAN,
    waves: [{ name: 'w', canary: false, maxParallel: 1, hosts: [two] }],
  });
  const s = script();
  s.begin('two', 'lease');
  const after = s.events.reduce(nextProgress, before);
  expect(progressRows(after).map((row) => [row.label, row.marks])).toEqual([
    ['two:1337', { lease: 'running' }],
    ['two:1339', {}],
  ]);
  expect(progressRows(before)[0]?.marks).toEqual({});
});

test('an event of a unit or wave that the plan does not have changes nothing', () => {
  const s = script();
  s.begin('stranger', 'lease');
  s.add({ type: 'wave-started', wave: 'no such' });
  expect(fold(s.events)).toEqual(startProgress(PLAN));
});
