import type { HostName } from '../domain/brand.ts';
import type { Plan, Wave, ZoneLimit } from '../domain/plan.ts';
import type { Outcome } from '../domain/rollout.ts';

/** Outcomes that count against a budget. Each keeps its own word; none of them is a success. */
const BAD: readonly Outcome[] = ['failed', 'reverted', 'unreachable', 'inconclusive'];

/** The outcomes of one host's units, worst first. */
const WORST_FIRST: readonly Outcome[] = [
  'failed',
  'unreachable',
  'inconclusive',
  'reverted',
  'skipped',
  'changed',
  'unchanged',
];

export function isBad(outcome: Outcome): boolean {
  return BAD.includes(outcome);
}

/** A host is as its worst unit is. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? 'skipped';
}

/** Why a rollout must stop now; undefined while it may go on. */
export function overBudget(
  plan: Plan,
  wave: Wave,
  outcomes: ReadonlyMap<HostName, Outcome>,
): string | undefined {
  const bad = [...outcomes].filter(([, outcome]) => isBad(outcome)).map(([host]) => host);
  if (bad.length === 0) return undefined;
  const here = new Set(wave.hosts.map(({ host }) => host));
  const badHere = bad.filter((host) => here.has(host));
  if (wave.canary && badHere.length > 0) return `the canary ${badHere.join(', ')} did not pass`;
  if (bad.length > plan.budget) return `${bad.length} failed, the budget is ${plan.budget}`;
  const zone = plan.zones.find((limit) => badIn(plan, limit, bad) > limit.budget);
  if (zone) return `${badIn(plan, zone, bad)} failed in zone ${zone.zone}, its budget is ${zone.budget}`;
  return undefined;
}

function badIn(plan: Plan, zone: ZoneLimit, bad: readonly HostName[]): number {
  const members = plan.waves.flatMap(({ hosts }) => hosts.filter((host) => host.zone === zone.zone));
  return members.filter(({ host }) => bad.includes(host)).length;
}
