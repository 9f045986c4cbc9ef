import type { Facts, RolloutEvent } from '../domain/rollout.ts';
import { OUTCOME_INK, STATUS_INK } from './colours.ts';
import { ink, type Line, renderLine } from './line.ts';
import type { Style } from './style.ts';
import { showTime } from './time-of-day.ts';

const GATE_INK = { pass: 'green', fail: 'red', inconclusive: 'blue' } as const;

function factsText(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, value]) => ` ${name}=${typeof value === 'object' ? value.join(',') : String(value)}`)
    .join('');
}

function troubleOf(event: Extract<RolloutEvent, { readonly type: 'step-failed' | 'unit-ended' }>): string {
  const { trouble } = event;
  return trouble === undefined ? '' : `: ${trouble.message} (${trouble.code}) ${trouble.remedy}`;
}

/** What happened, without the time: on a host its name first, then the step. */
export function eventWords(event: RolloutEvent): Line {
  switch (event.type) {
    case 'rollout-started':
      return [
        ink('bold', `rollout ${event.rollout} started`),
        ` by ${event.by}, plan ${event.plan.slice(0, 12)}`,
      ];
    case 'rollout-resumed':
      return [ink('bold', `rollout ${event.rollout} resumed`), ` by ${event.by}`];
    case 'wave-started':
      return [ink('bold', `wave ${event.wave} started`)];
    case 'wave-ended':
      return [`wave ${event.wave} ended`];
    case 'gate-answered':
      return [`gate of wave ${event.wave}: `, ink(GATE_INK[event.answer], event.answer), `, ${event.reason}`];
    case 'step-intended':
      return [
        ink('bold', event.host),
        ` ${event.step} begins`,
        event.attempt > 1 ? `, attempt ${event.attempt}` : '',
        ink('gray', ` ${event.unit}`),
      ];
    case 'step-done':
      return [
        ink('bold', event.host),
        ` ${event.step} `,
        ink('green', 'done'),
        ink('gray', factsText(event.facts)),
      ];
    case 'step-failed':
      return [ink('bold', event.host), ` ${event.step} `, ink('red', 'failed'), troubleOf(event)];
    case 'unit-ended':
      return [
        ink('bold', event.host),
        ' ended ',
        ink(OUTCOME_INK[event.outcome], event.outcome),
        ink('gray', ` ${event.unit}`),
        troubleOf(event),
      ];
    case 'rollout-paused':
      return [ink('bold', 'rollout '), ink(STATUS_INK.paused, 'paused'), `: ${event.reason}`];
    case 'rollout-aborted':
      return [ink('bold', 'rollout '), ink(STATUS_INK.aborted, 'aborted'), `: ${event.reason}`];
    case 'rollout-ended':
      return [ink('bold', 'rollout '), 'ended ', ink(STATUS_INK[event.outcome], event.outcome)];
  }
}

/** One event as one line, whatever its length, for where there is no terminal: time of day, host, step, what. */
export function eventLine(event: RolloutEvent, style: Style): string {
  const line: Line = [ink('gray', showTime(event.at, style.timeZone)), ' ', ...eventWords(event)];
  return renderLine(line, { width: Number.POSITIVE_INFINITY, style });
}
