import type { Trouble } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { RolloutDetail, RolloutUnitRecord } from '../domain/records.ts';
import { hasEnded, type RolloutStatus } from '../domain/rollout.ts';
import { STATUS_INK } from './colours.ts';
import { hostStands, standTally } from './host-stands.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { count, showDuration } from './quantity.ts';
import type { Style, TimedView } from './style.ts';
import { towards } from './towards.ts';
import { troublesText } from './trouble-text.ts';

const MEANING: Readonly<Record<RolloutStatus, string>> = {
  running: 'It has not ended.',
  paused: 'Nothing more happens until it is told to go on.',
  completed: 'Every host of the plan changed or needed nothing.',
  partial: 'Not every host changed; the failures stayed within the budget.',
  failed: 'More went wrong than its budget allows.',
  reverted: 'What it had changed was to be put back; the counts say on how many hosts it was.',
  aborted: 'It was stopped by command.',
};

function nextCommands({ rollout, units }: RolloutDetail): string {
  const { status, id } = rollout;
  const show = `\`ranch show ${id}\` tells what happened on each host`;
  if (status === 'running') return `\`ranch resume ${id}\` goes on if nothing runs it; ${show}.`;
  if (status === 'paused') return `\`ranch resume ${id}\` goes on, \`ranch abort ${id}\` ends it; ${show}.`;
  const undo = rollout.purpose === 'rollback' ? `ranch rollout ${rollout.target}` : `ranch rollback ${id}`;
  if (status === 'completed') return `\`${undo}\` undoes it; ${show}.`;
  const undoes = units.some(({ outcome }) => outcome === 'changed') ? `, \`${undo}\` undoes what did` : '';
  return `\`ranch retry ${id}\` tries again what did not change${undoes}; ${show}.`;
}

/** Where the hosts of a recorded rollout stand, counted. */
export function recordTally(units: readonly RolloutUnitRecord[]): Line {
  const stands = units.map(({ host, state, outcome }) => ({
    host,
    begun: state !== 'pending',
    ...(outcome === undefined ? {} : { outcome }),
  }));
  return standTally(hostStands(stands));
}

/** `✗ Rollout r-1 to SQ 0.5.2: failed`, the first line of every account of a rollout. */
export function rolloutTitle(detail: RolloutDetail, style: Style): Line {
  const { rollout } = detail;
  const { what, way } = towards(rollout);
  const { done, failed } = style.symbols;
  const mark = rollout.status === 'completed' ? done : hasEnded(rollout.status) ? failed : '!';
  return [
    ink(STATUS_INK[rollout.status], `${mark} `),
    ink('bold', `${what} ${rollout.id} ${way}: `),
    ink(STATUS_INK[rollout.status], rollout.status),
  ];
}

function troublesOf(detail: RolloutDetail): readonly Trouble[] {
  return detail.units.flatMap((unit) => (unit.trouble && unit.outcome !== 'changed' ? [unit.trouble] : []));
}

/** What the plan left alone, and what of that keeps the exit code from being 0. */
function leftAlone({ excluded }: Plan): string {
  if (excluded.length === 0) return '';
  const blocked = excluded.filter((each) => each.blocked).length;
  const unreachable = excluded.filter((each) => !each.blocked && each.state === 'unreachable').length;
  const bad = [
    ...(blocked > 0 ? [`${blocked} blocked`] : []),
    ...(unreachable > 0 ? [`${unreachable} unreachable`] : []),
  ];
  const why = bad.length > 0 ? ` (${bad.join(', ')})` : '';
  return `; ${count(excluded.length, 'host')} left alone by the plan${why}`;
}

/**
 * How a rollout ended (or stands): one word and what it means, a count of every outcome, each trouble once with its
 * hosts, and what to do next.
 */
export function rolloutSummary(detail: RolloutDetail, view: TimedView): readonly string[] {
  const { rollout, plan } = detail;
  const { reason } = rollout;
  const took = showDuration((rollout.endedAt ?? view.now) - rollout.startedAt);
  const alone = leftAlone(plan);
  const troubles = troublesText(troublesOf(detail), view);
  const head: readonly Line[] = [
    ...paragraph([], [...rolloutTitle(detail, view.style), `. ${MEANING[rollout.status]}`], view),
    ...(reason === undefined ? [] : paragraph(['  '], [ink('yellow', reason)], view)),
    ...paragraph(['  '], [...recordTally(detail.units), `${alone}; ${took}`], view),
  ];
  return [
    ...renderLines(head, view),
    ...(troubles.length > 0 ? ['', ...troubles] : []),
    '',
    ...renderLines(paragraph([ink('bold', 'Next: ')], [nextCommands(detail)], view), view),
  ];
}
