import fc from 'fast-check';
import { expect, test } from 'vitest';
import { driftTable } from '../../src/views/drift-table.ts';
import { eventLine } from '../../src/views/event-line.ts';
import { findingLines } from '../../src/views/finding-lines.ts';
import { historyTable } from '../../src/views/history-table.ts';
import { jsonLines } from '../../src/views/json-lines.ts';
import { observationDetail } from '../../src/views/observation-detail.ts';
import { planText } from '../../src/views/plan-text.ts';
import { nextProgress, startProgress } from '../../src/views/progress.ts';
import { progressFrame } from '../../src/views/progress-frame.ts';
import { rolloutSummary } from '../../src/views/rollout-summary.ts';
import { showText } from '../../src/views/show-text.ts';
import { statusView } from '../../src/views/status-view.ts';
import { type Ink, makeStyle, type Palette } from '../../src/views/style.ts';
import { textWidth } from '../../src/views/text-width.ts';
import { troublesText } from '../../src/views/trouble-text.ts';
import {
  DRIFTS,
  host,
  NOW,
  OBSERVATION,
  PLAN,
  RANCH,
  ROLLOUT,
  script,
  TROUBLE,
  version,
} from './fixtures.ts';

/** The style's own marks: private code points, which no text from outside can bring past `visible`. */
const ON = '\ue000';
const OFF = '\ue001';

const INKS: readonly Ink[] = ['green', 'red', 'yellow', 'blue', 'magenta', 'cyan', 'gray', 'bold'];

const palette = Object.fromEntries(
  INKS.map((name) => [name, (text: string) => ON + text + OFF]),
) as unknown as Palette;

/** Fields whose values the types limit to a few words; all others can hold anything. */
const WORDS = new Set(
  [
    'kind',
    'state',
    'type',
    'outcome',
    'step',
    'severity',
    'action',
    'code',
    'status',
    'purpose',
    'answer',
  ].concat(['onFailure', 'include', 'expect', 'libc']),
);

/** A record with every text of it replaced. */
function poisoned<T>(record: T, poison: (text: string) => string): T {
  return JSON.parse(JSON.stringify(record), (key, value) =>
    typeof value === 'string' && !WORDS.has(key) ? poison(value) : value,
  ) as T;
}

const FINDING = {
  kind: 'finding',
  check: 'toc',
  host: host('lilly'),
  port: 1,
  ok: false,
  severity: 'high',
  asked: 'a',
  got: 'g',
  advice: 'd',
  tookMs: 3,
} as const;

function events() {
  const s = script();
  s.add({ type: 'rollout-started', plan: PLAN.hash, by: 'w' });
  s.add({ type: 'wave-started', wave: 'canary' });
  s.done('aurora-continuum', ['lease', 'stage'], { fact: 'f', list: ['a', 'b'] });
  s.fail('halcyon-vector', 'lease', TROUBLE);
  s.end('halcyon-vector', 'failed', TROUBLE);
  s.begin('lilly', 'revert');
  s.add({ type: 'gate-answered', wave: 'canary', answer: 'fail', reason: 'r' });
  s.add({ type: 'rollout-paused', reason: 'r' });
  return s.events;
}

const RECORD = {
  rollout: {
    id: ROLLOUT,
    plan: PLAN.hash,
    purpose: 'rollout',
    target: version('0.5.2'),
    status: 'paused',
    startedAt: NOW,
  },
  plan: PLAN,
  units: [
    {
      host: host('lilly'),
      unit: 'u',
      state: 'ended',
      outcome: 'failed',
      attempt: 1,
      trouble: TROUBLE,
      updatedAt: NOW,
    },
  ],
  events: events(),
} as const;

/** Every view that has a width, of poisoned records. */
function everything(poison: (text: string) => string, width: number, ascii: boolean): readonly string[] {
  const view = { width, now: NOW, height: 40, style: makeStyle({ palette, ascii }) };
  const p = <T>(record: T): T => poisoned(record, poison);
  const plan = p(PLAN);
  const record = p(RECORD);
  return [
    ...driftTable(p(DRIFTS), { ...view, ranch: p(RANCH) }),
    ...statusView(
      { ranch: p(RANCH), drifts: p(DRIFTS), observations: [{ sweep: 's', observation: p(OBSERVATION) }] },
      view,
    ),
    ...observationDetail(p(OBSERVATION), view),
    ...planText(plan, view),
    ...progressFrame(record.events.reduce(nextProgress, startProgress(plan)), view),
    ...rolloutSummary(record, view),
    ...showText(record, view),
    ...historyTable([record.rollout], view),
    ...troublesText([p(TROUBLE), p({ ...TROUBLE, code: 'usage' })], view),
    ...findingLines([p(FINDING)], view),
  ];
}

const unmarked = (line: string): string => line.replace(/[\ue000\ue001]/g, '');

const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

const poisons = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '\x1b[2J',
      '\r\x1b[A',
      '\u202e',
      '日本語'.repeat(9),
      'é\u0301\u0302\u0303',
      '🤠',
      ' ',
      '`a b`',
    ),
    fc.constantFrom('x'.repeat(500), '\x1b]0;t\x07'.repeat(9)),
  )
  .map((poison) => (text: string) => poison + text.slice(0, 12) + poison);

test('no view lets through what a terminal would act on, and none is wider than the terminal', () => {
  fc.assert(
    fc.property(poisons, fc.integer({ min: 1, max: 160 }), fc.boolean(), (poison, width, ascii) => {
      const lines = everything(poison, width, ascii).map(unmarked);
      const wrong = lines.filter(
        (line) => CONTROL.test(line) || textWidth(line) > width || (ascii && /[^\x20-\x7e]/.test(line)),
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('what has no width is still one line each, without anything a terminal would act on', () => {
  fc.assert(
    fc.property(poisons, (poison) => {
      const records = poisoned(events(), poison);
      const style = makeStyle({ palette });
      for (const line of records.map((event) => eventLine(event, style)))
        expect(unmarked(line)).not.toMatch(CONTROL);
      for (const line of jsonLines(records)) expect(line).not.toMatch(CONTROL);
      expect(jsonLines(records).map((line): unknown => JSON.parse(line))).toEqual(records);
    }),
    { numRuns: 60 },
  );
});

test('the colours are all closed', () => {
  for (const line of everything((text) => text, 60, false)) {
    expect(line.split(ON).length).toBe(line.split(OFF).length);
  }
});
