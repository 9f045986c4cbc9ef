import type { Outcome } from '../domain/rollout.ts';
import type { Line } from './line.ts';
import { outcomeParts, tallyLine, worstOutcome } from './tally.ts';

/** A host's worst outcome once all its units have ended; before that whether any of them has begun. */
export type HostStand = Outcome | 'under way' | 'waiting';

/** What is asked of a unit to say where its host stands. */
export interface UnitStand {
  readonly host: string;
  readonly begun: boolean;
  readonly outcome?: Outcome;
}

function standOf(units: readonly UnitStand[]): HostStand {
  const ended = units.flatMap((unit) => (unit.outcome === undefined ? [] : [unit.outcome]));
  if (ended.length === units.length) return worstOutcome(ended) ?? 'waiting';
  return ended.length > 0 || units.some((unit) => unit.begun) ? 'under way' : 'waiting';
}

/** Where each host stands, once per host however many units it has. */
export function hostStands(units: readonly UnitStand[]): readonly HostStand[] {
  const hosts = new Map<string, UnitStand[]>();
  for (const unit of units) {
    const others = hosts.get(unit.host);
    if (others) others.push(unit);
    else hosts.set(unit.host, [unit]);
  }
  return [...hosts.values()].map(standOf);
}

/** `6 hosts: 2 changed, 1 failed, 1 under way, 2 waiting`: what has not ended is never counted as an outcome. */
export function standTally(stands: readonly HostStand[]): Line {
  const amount = (stand: HostStand): number => stands.filter((one) => one === stand).length;
  const ended = stands.flatMap((stand) => (stand === 'under way' || stand === 'waiting' ? [] : [stand]));
  return tallyLine(stands.length, [
    ...outcomeParts(ended),
    [amount('under way'), 'under way', 'bold'],
    [amount('waiting'), 'waiting', 'gray'],
  ]);
}

const SPENDS: readonly HostStand[] = ['failed', 'reverted', 'unreachable', 'inconclusive'];

/** Hosts that ended in any way but well: what the budget is there to bound. */
export function budgetUsed(stands: readonly HostStand[]): number {
  return stands.filter((stand) => SPENDS.includes(stand)).length;
}
