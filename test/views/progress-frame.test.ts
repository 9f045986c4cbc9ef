import { expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { nextProgress, type Progress, startProgress } from '../../src/views/progress.ts';
import { progressFrame } from '../../src/views/progress-frame.ts';
import { makeStyle, PLAIN } from '../../src/views/style.ts';
import { host, hostPlan, NOW, PLAN, script, TROUBLE } from './fixtures.ts';

const ALL = ['lease', 'stage', 'prove', 'arm', 'switch', 'verify', 'confirm', 'bake', 'release'] as const;

const screen = { width: 80, height: 24, now: NOW, style: PLAIN };

/** A canary that changed, one host in its second attempt, one that uploads, one that waits. */
function underWay() {
  const s = script();
  s.add({ type: 'rollout-started', plan: PLAN.hash, by: 'will@desk' });
  s.add({ type: 'wave-started', wave: 'canary' });
  s.done('aurora-continuum', ALL);
  s.end('aurora-continuum', 'changed');
  s.add({ type: 'wave-started', wave: 'lan' });
  s.done('lilly', ['lease']);
  s.begin('lilly', 'stage');
  s.done('halcyon-vector', ['lease', 'stage', 'prove', 'arm', 'switch']);
  s.begin('halcyon-vector', 'verify', 2);
  const progress = s.events.reduce(nextProgress, startProgress(PLAN));
  const uploading = nextProgress(progress, {
    type: 'upload-progress',
    host: host('lilly'),
    unit: '/home/wbic1/.cargo/bin/sq',
    sentBytes: 1_200_000,
    totalBytes: 2_612_000,
    at: NOW,
  });
  return { s, uploading };
}

function paused(): Progress {
  const { s } = underWay();
  s.fail('halcyon-vector', 'verify', { ...TROUBLE, code: 'verify-failed', message: 'Port 1339 says 0.5.1.' });
  s.done('halcyon-vector', ['revert', 'release']);
  s.end('halcyon-vector', 'reverted');
  s.fail('lilly', 'stage', TROUBLE);
  s.end('lilly', 'failed');
  s.add({ type: 'rollout-paused', reason: 'the budget of 1 host is used up' });
  return s.events.reduce(nextProgress, startProgress(PLAN));
}

test('hosts as rows, steps as columns, a bar for the upload', () => {
  expect(progressFrame(underWay().uploading, screen).join('\n')).toMatchInlineSnapshot(`
    "Rollout to SQ 0.5.2 · running · 30 s · budget 0 of 1 used · wave 2 of 3: lan
    4 hosts: 1 changed, 2 under way, 1 waiting

    HOST              lease stage prove arm  switch verify confirm bake release
    aurora-continuum  ✓     ✓     ✓     ✓    ✓      ✓      ✓       ✓    ✓
    halcyon-vector    ✓     ✓     ✓     ✓    ✓      ●26s   attempt 2
    lilly             ✓     ●27s   45% of 2.6 MB █████████░░░░░░░░░░░
    mirrorborn.us     ·     ·     ·     ·    ·      ·      ·       ·    ·"
  `);
});

test('failures and reverts say what they are and why', () => {
  expect(progressFrame(paused(), { ...screen, width: 110 }).join('\n')).toMatchInlineSnapshot(`
    "Rollout to SQ 0.5.2 · paused · 30 s · budget 2 of 1 used · wave 2 of 3: lan
    4 hosts: 1 changed, 1 reverted, 1 failed, 1 waiting
    the budget of 1 host is used up

    HOST              lease stage prove arm  switch verify confirm bake release
    aurora-continuum  ✓     ✓     ✓     ✓    ✓      ✓      ✓       ✓    ✓       ✓ changed
    halcyon-vector    ✓     ✓     ✓     ✓    ↺      ✗      ↺ reverted: Port 1339 says 0.5.1.
    lilly             ✓     ✗     ✗ failed: The staged binary answered toc with 500 on a copy of choose-your-own-…
    mirrorborn.us     ·     ·     ·     ·    ·      ·      ·       ·    ·"
  `);
});

test('too narrow for columns, each host has a strip of marks', () => {
  expect(progressFrame(underWay().uploading, { ...screen, width: 60 }).join('\n')).toMatchInlineSnapshot(`
    "Rollout to SQ 0.5.2 · running · 30 s · budget 0 of 1 used ·…
    4 hosts: 1 changed, 2 under way, 1 waiting

    aurora-continuum ✓✓✓✓✓✓✓✓✓ ✓ changed
    halcyon-vector   ✓✓✓✓✓●    verify 26s attempt 2
    lilly            ✓●        stage 27s  45% of 2.6 MB ███████…
    mirrorborn.us    ·········"
  `);
});

test('in ASCII', () => {
  const frame = progressFrame(paused(), { ...screen, style: makeStyle({ ascii: true }) });
  expect(frame.join('\n')).toMatchInlineSnapshot(`
    "Rollout to SQ 0.5.2 | paused | 30 s | budget 2 of 1 used | wave 2 of 3: lan
    4 hosts: 1 changed, 1 reverted, 1 failed, 1 waiting
    the budget of 1 host is used up

    HOST              lease stage prove arm  switch verify confirm bake release
    aurora-continuum  +     +     +     +    +      +      +       +    +
    halcyon-vector    +     +     +     +    <      x      < reverted: Port 1339 sa~
    lilly             +     x     x failed: The staged binary answered toc with 500~
    mirrorborn.us     .     .     .     .    .      .      .       .    ."
  `);
});

test('a failed revert is never told as a revert', () => {
  const { s } = underWay();
  s.fail('halcyon-vector', 'verify', TROUBLE);
  s.fail('halcyon-vector', 'revert', { ...TROUBLE, code: 'revert-failed', message: 'The disk is gone.' });
  s.begin('halcyon-vector', 'release');
  const frame = progressFrame(s.events.reduce(nextProgress, startProgress(PLAN)), screen).join('\n');
  expect(frame).toContain('revert failed');
  expect(frame).not.toMatch(/reverted/);
});

/** 5,000 hosts: 20 at work, 10 failed, 1,000 changed, the rest waits. */
function many(): Progress {
  const names = Array.from({ length: 5_000 }, (_, index) => `h${index}`);
  const wave = { name: 'all', canary: false, maxParallel: 20, hosts: names.map((name) => hostPlan(name)) };
  const plan: Plan = { ...PLAN, waves: [wave] };
  const s = script();
  s.add({ type: 'wave-started', wave: 'all' });
  for (const name of names.slice(0, 1_000)) {
    s.done(name, ALL);
    s.end(name, 'changed');
  }
  for (const name of names.slice(1_000, 1_010)) {
    s.fail(name, 'prove', TROUBLE);
    s.end(name, 'failed');
  }
  for (const name of names.slice(1_010, 1_030)) s.begin(name, 'lease');
  return s.events.reduce(nextProgress, startProgress(plan));
}

const MANY = many();

test('of 5,000 hosts it shows those at work, then those that failed, and counts the rest', () => {
  const frame = progressFrame(MANY, screen);
  expect(frame).toHaveLength(23);
  expect(frame[1]).toBe('5,000 hosts: 1,000 changed, 10 failed, 20 under way, 3,970 waiting');
  const shown = frame.slice(4, -1).map((line) => line.split(' ')[0]);
  expect(shown.slice(0, 9)).toEqual(Array.from({ length: 9 }, (_, index) => `h${1_010 + index}`));
  expect(shown.slice(9)).toEqual(Array.from({ length: 9 }, (_, index) => `h${1_000 + index}`));
  expect(frame.at(-1)).toBe('and 1,000 changed, 1 failed, 11 under way, 3,970 waiting');
});

test.each([1, 2, 4, 6, 10, 24])('on %i lines it leaves one for the cursor', (height) => {
  expect(progressFrame(MANY, { ...screen, height }).length).toBeLessThanOrEqual(height - 1);
  expect(progressFrame(paused(), { ...screen, height }).length).toBeLessThanOrEqual(height - 1);
});

test('the earliest steps of a rollout already say where it is', () => {
  const start = progressFrame(startProgress(PLAN), screen);
  expect(start[0]).toBe('Rollout to SQ 0.5.2 · running · budget 0 of 1 used');
  expect(start[1]).toBe('4 hosts: 4 waiting');
});
