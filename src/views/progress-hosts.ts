import type { Outcome } from '../domain/rollout.ts';
import type { Line } from './line.ts';
import type { ProgressRow } from './progress-row.ts';
import { outcomeParts, tallyLine, worstOutcome } from './tally.ts';

/** A host's worst outcome once all its units have ended; before that whether it has begun. */
type HostStand = Outcome | 'running' | 'waiting';

function isWaiting(row: ProgressRow): boolean {
  return row.outcome === undefined && Object.keys(row.marks).length === 0;
}

function standOf(rows: readonly ProgressRow[]): HostStand {
  if (rows.every(isWaiting)) return 'waiting';
  const ended = rows.flatMap((row) => (row.outcome === undefined ? [] : [row.outcome]));
  return ended.length === rows.length ? (worstOutcome(ended) ?? 'running') : 'running';
}

function stands(rows: readonly ProgressRow[]): readonly HostStand[] {
  const hosts = new Map<string, ProgressRow[]>();
  for (const row of rows) {
    const units = hosts.get(row.host);
    if (units) units.push(row);
    else hosts.set(row.host, [row]);
  }
  return [...hosts.values()].map(standOf);
}

/** `6 hosts: 2 changed, 1 failed, 1 running, 2 waiting`. */
export function hostTally(rows: readonly ProgressRow[]): Line {
  const all = stands(rows);
  const amount = (stand: HostStand): number => all.filter((one) => one === stand).length;
  const ended = all.map((stand) => (stand === 'running' || stand === 'waiting' ? undefined : stand));
  return tallyLine(all.length, [
    ...outcomeParts(ended),
    [amount('running'), 'running', 'bold'],
    [amount('waiting'), 'waiting', 'gray'],
  ]);
}

const SPENDS: readonly HostStand[] = ['failed', 'reverted', 'unreachable', 'inconclusive'];

/** Hosts that ended in any way that spends the budget. */
export function budgetUsed(rows: readonly ProgressRow[]): number {
  return stands(rows).filter((stand) => SPENDS.includes(stand)).length;
}
