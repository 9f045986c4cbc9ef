import { expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import type { RolloutDetail, RolloutRecord, RolloutUnitRecord } from '../../src/domain/records.ts';
import type { Outcome } from '../../src/domain/rollout.ts';
import { OUTCOME_INK } from '../../src/views/colours.ts';
import { historyTable } from '../../src/views/history-table.ts';
import { rolloutSummary } from '../../src/views/rollout-summary.ts';
import { showText } from '../../src/views/show-text.ts';
import { PLAIN } from '../../src/views/style.ts';
import { OUTCOMES_WORST_FIRST } from '../../src/views/tally.ts';
import { host, NOW, PLAN, ROLLOUT, script, TROUBLE, UNIT, version } from './fixtures.ts';

const view = { now: NOW, width: 80, style: PLAIN };

const RECORD: RolloutRecord = {
  id: ROLLOUT,
  plan: PLAN.hash,
  purpose: 'rollout',
  target: version('0.5.2'),
  status: 'paused',
  startedAt: NOW - 29_900,
  reason: 'the budget of 1 host is used up',
};

function unit(name: string, outcome?: Outcome, more: Partial<RolloutUnitRecord> = {}): RolloutUnitRecord {
  return {
    host: host(name),
    unit: UNIT,
    state: outcome === undefined ? 'pending' : 'ended',
    attempt: outcome === undefined ? 0 : 1,
    updatedAt: NOW - 24_000,
    ...(outcome === undefined ? {} : { outcome }),
    ...more,
  };
}

const VERIFY = {
  code: 'verify-failed',
  place: 'halcyon-vector',
  message: 'Port 1339 says 0.5.1.',
  remedy: 'Look at the log: `ranch logs halcyon-vector`.',
} as const;

function detail(): RolloutDetail {
  const s = script();
  s.add({ type: 'rollout-started', plan: PLAN.hash, by: 'will@desk' });
  s.add({ type: 'wave-started', wave: 'canary' });
  s.done('aurora-continuum', ['lease', 'stage', 'prove', 'release']);
  s.end('aurora-continuum', 'changed');
  s.done('halcyon-vector', ['lease', 'switch']);
  s.fail('halcyon-vector', 'verify', VERIFY);
  s.done('halcyon-vector', ['revert', 'release']);
  s.end('halcyon-vector', 'reverted');
  s.begin('lilly', 'stage');
  s.add({ type: 'rollout-paused', reason: 'the budget of 1 host is used up' });
  const units = [
    unit('aurora-continuum', 'changed'),
    unit('halcyon-vector', 'reverted', { trouble: VERIFY }),
    unit('lilly', undefined, { state: 'intended', step: 'stage', unit: '/home/wbic1/.cargo/bin/sq' }),
    unit('mirrorborn.us'),
  ];
  return { rollout: RECORD, plan: PLAN, units, events: s.events };
}

test('the summary: how it stands, every outcome counted, each trouble, what to do next', () => {
  expect(rolloutSummary(detail(), view).join('\n')).toMatchInlineSnapshot(`
    "! Rollout r-01hx to SQ 0.5.2: paused. Nothing more happens until it is told to
    go on.
      the budget of 1 host is used up
      4 hosts: 1 changed, 1 reverted, 1 under way, 1 waiting; 3 hosts left alone by
      the plan; 30 s

    ✗ halcyon-vector: verify-failed
      Port 1339 says 0.5.1.
      → Look at the log: \`ranch logs halcyon-vector\`.

    Next: \`ranch resume r-01hx\` goes on, \`ranch abort r-01hx\` ends it;
          \`ranch show r-01hx\` tells what happened on each host."
  `);
});

test('a record from beginning to end', () => {
  expect(showText(detail(), view).join('\n')).toMatchInlineSnapshot(`
    "! Rollout r-01hx to SQ 0.5.2: paused
      started 2026-02-07 18:08 UTC by will@desk, took 30 s so far, plan c0ffee12c0ff
      4 hosts: 1 changed, 1 reverted, 1 under way, 1 waiting

    Course
      18:08:30 rollout r-01hx started by will@desk, plan c0ffee12c0ff
      18:08:30 wave canary started
      18:08:32 rollout paused: the budget of 1 host is used up

    aurora-continuum ✓ changed, 5.7 s /usr/local/bin/sq
        18:08:30 ✓ lease   100 ms
        18:08:30 ✓ stage   100 ms
        18:08:30 ✓ prove   100 ms
        18:08:30 ✓ release 100 ms

    halcyon-vector ↺ reverted, 4.8 s /usr/local/bin/sq
        18:08:31 ✓ lease   100 ms
        18:08:31 ✓ switch  100 ms
        18:08:31 ✗ verify  100 ms
          ✗ halcyon-vector: verify-failed
            Port 1339 says 0.5.1.
            → Look at the log: \`ranch logs halcyon-vector\`.
        18:08:31 ✓ revert  100 ms
        18:08:32 ✓ release 100 ms

    lilly not ended, 3.7 s /home/wbic1/.cargo/bin/sq
        18:08:32 ● stage   not ended in the record

    mirrorborn.us waiting /usr/local/bin/sq"
  `);
});

test('the history, where what has not ended is told as such', () => {
  const ended: RolloutRecord = {
    ...RECORD,
    status: 'completed',
    outcome: 'completed',
    startedAt: NOW - 5 * 3_600_000,
    endedAt: NOW - 5 * 3_600_000 + 21_000,
  };
  expect(historyTable([RECORD, ended], view).join('\n')).toMatchInlineSnapshot(`
    "ROLLOUT  STATUS     TARGET  KIND     STARTED (UTC)            TOOK  PLAN
    r-01hx   paused     0.5.2   rollout  2026-02-07 18:08  30 s so far  c0ffee12c0ff
    r-01hx   completed  0.5.2   rollout  2026-02-07 13:09         21 s  c0ffee12c0ff"
  `);
  expect(historyTable([], view)[0]).toMatch(/^No rollout yet/);
});

test('each outcome has a word, a count and a colour of its own', () => {
  expect(new Set(Object.values(OUTCOME_INK)).size).toBe(OUTCOMES_WORST_FIRST.length);
  const units = OUTCOMES_WORST_FIRST.map((outcome) => unit(`on-${outcome}`, outcome));
  const text = rolloutSummary({ ...detail(), units }, { ...view, width: 200 }).join('\n');
  for (const outcome of OUTCOMES_WORST_FIRST) expect(text).toContain(`1 ${outcome}`);
});

test('a host is as bad as its worst unit, and has not ended while one has not', () => {
  const of = (...outcomes: readonly (Outcome | undefined)[]): string => {
    const units = outcomes.map((outcome, index) => unit('h', outcome, { unit: `/sq${index}` }));
    return rolloutSummary({ ...detail(), units }, view).find((line) => line.includes('1 host: ')) ?? '';
  };
  expect(of('changed', 'failed')).toContain('1 host: 1 failed;');
  expect(of('unchanged', 'skipped')).toContain('1 host: 1 skipped;');
  expect(of('changed', undefined)).toContain('1 host: 1 under way;');
});

test('what was left alone and keeps the exit code from being 0 is counted', () => {
  const left: Plan['excluded'] = [
    { host: host('a1'), state: 'in-sync', reason: 'runs the target' },
    { host: host('b2'), state: 'behind', reason: 'is not writable', blocked: true },
    { host: host('c3'), state: 'unreachable', reason: 'nothing answers' },
  ];
  const { plan } = detail();
  const text = rolloutSummary({ ...detail(), plan: { ...plan, excluded: left } }, { ...view, width: 200 });
  expect(text.join('\n')).toContain('; 3 hosts left alone by the plan (1 blocked, 1 unreachable); ');
});

test('the same trouble on many hosts is told once', () => {
  const units = ['a1', 'b2', 'c3'].map((name) =>
    unit(name, 'failed', { trouble: { ...TROUBLE, place: name } }),
  );
  const text = rolloutSummary({ ...detail(), units }, view).join('\n');
  expect(text.match(/proof-failed/g)).toHaveLength(1);
  expect(text).toContain('on a1, b2, c3');
});

test('a rollback leads from its target, and a rollout undoes it', () => {
  const back = { ...RECORD, purpose: 'rollback', status: 'completed' } as const;
  const text = rolloutSummary({ ...detail(), rollout: back }, { ...view, width: 200 }).join('\n');
  expect(text).toContain(`Rollback ${ROLLOUT} from SQ 0.5.2: completed`);
  expect(text).toContain('`ranch rollout 0.5.2` undoes it');
  expect(historyTable([back], { ...view, width: 200 })[1]).toMatch(/ from 0\.5\.2 +rollback /);
});

test('what changed nothing is not offered to be undone', () => {
  const { units, ...rest } = detail();
  const failed = { ...rest, rollout: { ...RECORD, status: 'failed' } as const };
  const offer = (some: RolloutDetail['units']): string =>
    rolloutSummary({ ...failed, units: some }, { ...view, width: 200 }).at(-1) ?? '';
  expect(offer(units)).toContain('`ranch rollback');
  expect(offer(units.slice(1))).toMatch(
    /^Next: `ranch retry [^`]+` tries again what did not change; `ranch show/,
  );
});
