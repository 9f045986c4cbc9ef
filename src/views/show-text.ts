import type { Trouble } from '../domain/errors.ts';
import type { RolloutDetail, RolloutUnitRecord } from '../domain/records.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import { OUTCOME_INK, outcomeSymbol } from './colours.ts';
import { eventWords } from './event-line.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { showDuration } from './quantity.ts';
import { recordTally, rolloutTitle } from './rollout-summary.ts';
import { type StepAttempt, stepAttempts, unitKey } from './step-attempts.ts';
import type { TimedView } from './style.ts';
import { showDate, showTime } from './time-of-day.ts';
import { troubleLines } from './trouble-text.ts';

/** Columns before a trouble that belongs to a step. */
const INDENT = 6;

function startedBy(events: readonly RolloutEvent[]): string {
  const started = events.find((event) => event.type === 'rollout-started');
  return started === undefined ? '' : ` by ${started.by}`;
}

function headLines(detail: RolloutDetail, view: TimedView): readonly Line[] {
  const { rollout, plan } = detail;
  const { timeZone } = view.style;
  const took = showDuration((rollout.endedAt ?? view.now) - rollout.startedAt);
  const open = rollout.endedAt === undefined ? ' so far' : '';
  return [
    ...paragraph([], rolloutTitle(detail, view.style), view),
    ...paragraph(
      ['  '],
      [
        `started ${showDate(rollout.startedAt, timeZone)} ${timeZone}${startedBy(detail.events)}, took ${took}${open}, plan ${plan.hash.slice(0, 12)}`,
      ],
      view,
    ),
    ...paragraph(['  '], recordTally(detail.units), view),
  ];
}

/** What happened to the rollout as a whole: starts, waves, gates, pauses. */
function courseLines(events: readonly RolloutEvent[], view: TimedView): readonly Line[] {
  const lines = events.flatMap((event) =>
    'host' in event
      ? []
      : paragraph(['  ', ink('gray', showTime(event.at, view.style.timeZone)), ' '], eventWords(event), view),
  );
  return lines.length === 0 ? [] : [[], [ink('bold', 'Course')], ...lines];
}

function attemptLine(attempt: StepAttempt, view: TimedView): Line {
  const { done, failed, running } = view.style.symbols;
  const mark =
    attempt.ended === undefined
      ? ink('bold', running)
      : attempt.ended.trouble
        ? ink('red', failed)
        : ink('green', done);
  const took =
    attempt.ended === undefined
      ? 'not ended in the record'
      : showDuration(attempt.ended.at - attempt.startedAt);
  const again = attempt.attempt > 1 ? `, attempt ${attempt.attempt}` : '';
  return [
    '    ',
    ink('gray', showTime(attempt.startedAt, view.style.timeZone)),
    ' ',
    mark,
    ` ${attempt.step.padEnd(7)} ${took}${again}`,
  ];
}

/** A trouble under the step or unit it belongs to. */
function told(trouble: Trouble, view: TimedView): readonly Line[] {
  return troubleLines(trouble, { ...view, width: view.width - INDENT }).map((line) => [
    ' '.repeat(INDENT),
    ...line,
  ]);
}

function unitLines(
  unit: RolloutUnitRecord,
  attempts: readonly StepAttempt[],
  view: TimedView,
): readonly Line[] {
  const { outcome } = unit;
  const stand =
    outcome === undefined
      ? ink('bold', unit.state === 'pending' ? 'waiting' : 'not ended')
      : ink(OUTCOME_INK[outcome], `${outcomeSymbol(outcome, view.style.symbols)} ${outcome}`);
  const first = attempts[0];
  const took = first === undefined ? '' : `, ${showDuration(unit.updatedAt - first.startedAt)}`;
  const known = attempts.some((attempt) => attempt.ended?.trouble !== undefined);
  return [
    [],
    [ink('bold', unit.host), ' ', stand, took, ink('gray', ` ${unit.unit}`)],
    ...attempts.flatMap((attempt) => [
      attemptLine(attempt, view),
      ...(attempt.ended?.trouble ? told(attempt.ended.trouble, view) : []),
    ]),
    ...(unit.trouble && !known ? told(unit.trouble, view) : []),
  ];
}

/** One rollout from beginning to end: its course, then each unit's steps with when, how long, and what went wrong. */
export function showText(detail: RolloutDetail, view: TimedView): readonly string[] {
  const attempts = stepAttempts(detail.events);
  const lines = [
    ...headLines(detail, view),
    ...courseLines(detail.events, view),
    ...detail.units.flatMap((unit) => unitLines(unit, attempts.get(unitKey(unit)) ?? [], view)),
  ];
  return renderLines(lines, view);
}
