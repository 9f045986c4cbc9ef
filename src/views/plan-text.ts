import type { Exclusion, Plan, UnitAction, UnitPlan, Wave, ZoneLimit } from '../domain/plan.ts';
import { showShare } from '../domain/share.ts';
import { DRIFT_INK } from './colours.ts';
import { jsonLine } from './json-lines.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { hostPlanLines } from './plan-host-lines.ts';
import { count, showAge, showBytes, showDuration } from './quantity.ts';
import type { TimedView } from './style.ts';
import { towards } from './towards.ts';

function title(text: string): readonly Line[] {
  return [[], [ink('bold', text)]];
}

const ACTIONS: readonly UnitAction[] = ['upgrade', 'install', 'restart', 'start', 'rollback'];

/** `3 upgrades, 1 restart`: what is done, each kind counted. */
function actionCounts(units: readonly UnitPlan[]): string {
  return ACTIONS.map((action) => [action, units.filter((unit) => unit.action === action).length] as const)
    .filter(([, amount]) => amount > 0)
    .map(([action, amount]) => count(amount, action))
    .join(', ');
}

function headLines(plan: Plan, view: TimedView): readonly Line[] {
  const hosts = plan.waves.flatMap((wave) => wave.hosts);
  const { what, way } = towards(plan);
  const age = `planned ${showAge(view.now - plan.createdAt)} ago`;
  if (hosts.length === 0) {
    const back = plan.purpose === 'rollback' ? 'back ' : '';
    const text = `Nothing to do: no host of ${plan.ranch} would change on the way ${back}${way}; ${age}.`;
    return paragraph([], [ink('bold', text)], view);
  }
  const units = hosts.flatMap((host) => host.units);
  const bytes = units.reduce((sum, unit) => sum + unit.bytesToSend, 0);
  const first = `${what} of ${plan.ranch} ${way}: ${count(hosts.length, 'host')} in ${count(plan.waves.length, 'wave')}.`;
  const left = plan.excluded.length > 0 ? `; ${count(plan.excluded.length, 'host')} left alone` : '';
  const second = `${actionCounts(units)}${left}; ${showBytes(bytes)} to send; ${age}.`;
  return [...paragraph([], [ink('bold', first)], view), ...paragraph([], [second], view)];
}

function waveLines(wave: Wave, index: number, plan: Plan, view: TimedView): readonly Line[] {
  const many = `Wave ${index + 1} of ${plan.waves.length}: ${wave.name}`;
  const limit = wave.canary ? 'none may fail' : `at most ${wave.maxParallel} at once`;
  return [
    [],
    ...paragraph([ink('bold', many), ', '], [`${count(wave.hosts.length, 'host')}, ${limit}`], view),
    ...wave.hosts.flatMap((host) => hostPlanLines(host, view)),
  ];
}

/** Exclusions that share a state and a reason, told once. */
function exclusionLines(excluded: readonly Exclusion[], view: TimedView): readonly Line[] {
  const groups = new Map<string, Exclusion[]>();
  for (const one of excluded) {
    const key = JSON.stringify([one.state, one.reason]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const lines = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = group.map((one) => one.host).join(', ');
    return paragraph(
      ['  '],
      [ink('bold', names), ' ', ink(DRIFT_INK[first.state], first.state), `: ${first.reason}`],
      view,
    );
  });
  return lines.length === 0 ? [] : [...title('Left alone'), ...lines];
}

function zoneLines(zones: readonly ZoneLimit[], view: TimedView): readonly Line[] {
  const lines = zones.flatMap((zone) =>
    paragraph(
      ['  '],
      [
        ink('bold', zone.zone),
        `: ${count(zone.size, 'host')}, quorum ${showShare(zone.quorum)}, at most ${zone.maxDown} down at once, ${zone.budget} may fail`,
      ],
      view,
    ),
  );
  return lines.length === 0 ? [] : [...title('Zones'), ...lines];
}

const ON_FAILURE = {
  host: 'reverts that host',
  wave: 'reverts its wave',
  all: 'reverts all that this rollout changed',
  pause: 'pauses and reverts nothing yet',
} as const;

function limitLines(plan: Plan, view: TimedView): readonly Line[] {
  const { options } = plan;
  const selection = [...options.hosts, ...options.tags.map((tag) => `tag ${tag}`)];
  const { bakeSeconds } = options;
  const watch =
    bakeSeconds > 0
      ? `gates watch ${showDuration(bakeSeconds * 1000)} after each wave`
      : 'no bake after a wave';
  const facts: readonly string[] = [
    `Budget ${showShare(options.budget)}: ${count(plan.budget, 'host')} may fail before the rollout stops; a failure ${ON_FAILURE[options.onFailure]}.`,
    `Canary ${showShare(options.canary)}, at most ${options.maxParallel} at once, ${watch}.`,
    `A switched host that is not confirmed within ${showDuration(options.deadmanSeconds * 1000)} puts the old binary back by itself.`,
    'Where no timer for that outlives its connection, nothing is switched and the host fails (timer-failed).',
    ...(options.include.length > 0 ? [`Also takes in hosts that are ${options.include.join(' or ')}.`] : []),
    ...(selection.length > 0 ? [`Only for: ${selection.join(', ')}.`] : []),
  ];
  return [...title('Limits'), ...facts.flatMap((text) => paragraph(['  '], [text], view))];
}

function acknowledgementLines(plan: Plan, view: TimedView): readonly Line[] {
  if (plan.acknowledgements.length === 0) return [];
  return [
    ...title('To agree to (--yes, or at the prompt)'),
    ...plan.acknowledgements.flatMap((one) => paragraph([ink('yellow', '  ! ')], [one.text], view)),
  ];
}

/**
 * A plan as a person reads it before agreeing: what is done to which host in which order, what each waits for and
 * why, what is left alone and why, the limits, and what has to be agreed to. Complete: no host and no reason is left out.
 */
export function planText(plan: Plan, view: TimedView): readonly string[] {
  const empty = plan.waves.every((wave) => wave.hosts.length === 0);
  const lines: readonly Line[] = [
    ...headLines(plan, view),
    ...plan.waves.flatMap((wave, index) => waveLines(wave, index, plan, view)),
    ...exclusionLines(plan.excluded, view),
    ...(empty ? [] : [...zoneLines(plan.zones, view), ...limitLines(plan, view)]),
    ...acknowledgementLines(plan, view),
    [],
    ...paragraph([ink('gray', 'Plan ')], [ink('gray', plan.hash)], view),
  ];
  return renderLines(lines, view);
}

/** A plan as one line of JSON: the record itself. */
export function planJson(plan: Plan): string {
  return jsonLine(plan);
}
