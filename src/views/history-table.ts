import type { RolloutRecord } from '../domain/records.ts';
import { STATUS_INK } from './colours.ts';
import { ink, type Line, renderLine } from './line.ts';
import { showDuration } from './quantity.ts';
import type { TimedView } from './style.ts';
import { type Column, table } from './table.ts';
import { showDate } from './time-of-day.ts';

function columns(timeZone: string): readonly Column[] {
  return [
    { title: 'ROLLOUT', keep: 9 },
    { title: 'STATUS', keep: 8 },
    { title: 'TARGET', keep: 7 },
    { title: 'KIND', keep: 3, optional: true },
    { title: `STARTED (${timeZone})`, keep: 6, min: 16, optional: true },
    { title: 'TOOK', keep: 5, align: 'right', optional: true },
    { title: 'PLAN', keep: 2, optional: true },
  ];
}

function row(rollout: RolloutRecord, view: TimedView): readonly Line[] {
  const open = rollout.endedAt === undefined;
  const took = showDuration((rollout.endedAt ?? view.now) - rollout.startedAt);
  return [
    [ink('bold', rollout.id)],
    [ink(STATUS_INK[rollout.status], rollout.status)],
    [rollout.purpose === 'rollback' ? `from ${rollout.target}` : rollout.target],
    [rollout.purpose],
    [showDate(rollout.startedAt, view.style.timeZone)],
    [open ? `${took} so far` : took],
    [ink('gray', rollout.plan.slice(0, 12))],
  ];
}

/** Rollouts as the store gives them, one a line; the age of those that have not ended is marked as such. */
export function historyTable(rollouts: readonly RolloutRecord[], view: TimedView): readonly string[] {
  if (rollouts.length === 0)
    return [renderLine(['No rollout yet: `ranch plan VERSION` shows what one would do.'], view)];
  return table(
    columns(view.style.timeZone),
    rollouts.map((rollout) => row(rollout, view)),
    view,
  );
}
