import type { Sha256 } from '../../src/domain/brand.ts';
import type { HostFact } from '../execute/host-fact.ts';
import { OLD } from '../plan/given.ts';
import { shownKey, type UnitHistory } from './unit-history.ts';

/** After its deadline a host's own revert has so long to begin. */
const LATE_MS = 5_000;
/** `RACING_SCROLLS` of src/execute/unsaved.ts: so many may be written between the copy and the question. */
const RACING_SCROLLS = 16;

type Fact<K extends HostFact['kind']> = Extract<HostFact, { readonly kind: K }>;

/** A change of a unit by a holder: only under the lease that the host gave last, and only while that lasts. */
function fenced(
  history: UnitHistory,
  what: string,
  holder: string,
  token: number,
  at: number,
): readonly string[] {
  const { lease } = history;
  if (lease === undefined) return [`${what} by ${holder} (${token}) without a lease`];
  if (lease.holder !== holder || lease.token !== token)
    return [`${what} by ${holder} (${token}) under the lease of ${lease.holder} (${lease.token})`];
  return at >= lease.untilMs ? [`${what} by ${holder} (${token}) after its lease ran out`] : [];
}

/** Whether a rollout may take the lease of another that still lasts: one of its own state folder, which has ended. */
export type MayTakeOver = (taker: string, from: string) => boolean;

function leased(
  history: UnitHistory,
  fact: Fact<'leased'>,
  at: number,
  mayTakeOver: MayTakeOver,
): readonly string[] {
  const { holder, token } = fact;
  const { lease, highestToken, arming } = history;
  const renewal = lease?.holder === holder && lease.token === token;
  const over = lease === undefined || at >= lease.untilMs;
  if (!over && !renewal && mayTakeOver(holder, lease.holder)) {
    const open = arming !== undefined && arming.decided === undefined && !arming.overtaken;
    if (open) return [`${holder} took the lease of ${lease.holder}, of which the host had still to decide`];
  } else if (!over && !renewal) return [`${holder} took the lease that ${lease.holder} held`];
  return !renewal && token <= highestToken ? [`token ${token} after ${highestToken}`] : [];
}

/** What a proof has to have shown of a release on one instance before that may be stopped for it. */
function unproven(
  history: UnitHistory,
  to: Sha256,
  port: number,
  from: Sha256 | undefined,
): readonly string[] {
  const wanted: readonly (readonly [Sha256 | undefined, 'first' | 'again' | 'old', string])[] = [
    [to, 'first', 'toc'],
    [to, 'first', 'update'],
    [to, 'again', 'select'],
    [from, 'old', 'select'],
  ];
  return wanted.flatMap(([sha, role, endpoint]) =>
    sha === undefined || history.shown.has(shownKey(sha, port, role, endpoint))
      ? []
      : [`${role} ${endpoint}`],
  );
}

function stopped(history: UnitHistory, fact: Fact<'stopped'>): readonly string[] {
  const { port, by, sha, lost } = fact;
  const { arming } = history;
  // A way back goes to what served here before.
  if (by !== 'switch' || !arming || history.known.has(arming.to)) return [];
  const told: string[] = [];
  const lacking = unproven(history, arming.to, port, arming.from);
  if (lacking.length > 0)
    told.push(`port ${port} was stopped before the proof had shown: ${lacking.join(', ')}`);
  // 0.5.1 cannot be asked what it holds.
  if (sha !== OLD && lost.length > RACING_SCROLLS)
    told.push(`port ${port}: ${lost.length} scrolls that were not on the disk were lost by a switch`);
  return told;
}

function decided(history: UnitHistory, as: 'confirmed' | 'reverting', at: number): readonly string[] {
  const { arming } = history;
  if (!arming) return [`${as} and never armed`];
  if (as === 'confirmed' && arming.decided === 'reverting') return ['confirmed after it went back'];
  if (as === 'reverting' && arming.decided === 'confirmed') return ['went back after it was confirmed'];
  if (as === 'confirmed' && at > arming.deadline + LATE_MS) return ['confirmed after its deadline'];
  return [];
}

/** An arming that was switched and that nobody decided: its own timer has to have done so by now. */
export function overdue(history: UnitHistory, at: number): readonly string[] {
  const late = history.armings.filter(
    ({ switched, decided: done, overtaken, deadline }) =>
      switched && done === undefined && !overtaken && at > deadline + LATE_MS,
  );
  return late.map(({ holder, deadline }) => `switched by ${holder}, and nobody decided by ${deadline} ms`);
}

/** What is wrong with one thing that happened to a unit, by what happened to it before. */
export function checkFact(
  history: UnitHistory,
  fact: HostFact,
  at: number,
  mayTakeOver: MayTakeOver,
): readonly string[] {
  switch (fact.kind) {
    case 'leased':
      return leased(history, fact, at, mayTakeOver);
    case 'staged':
    case 'armed':
    case 'switching':
      return [...fenced(history, fact.kind, fact.holder, fact.token, at), ...overdue(history, at)];
    case 'confirmed':
      return [
        ...fenced(history, fact.kind, fact.holder, fact.token, at),
        ...decided(history, 'confirmed', at),
        ...[...history.running.values()].flatMap((sha) =>
          sha === fact.to ? [] : ['confirmed while another binary runs'],
        ),
      ];
    case 'reverting': {
      const mine = fact.by === 'revert' && history.lease?.holder !== fact.holder;
      return [
        ...(mine ? [`put back by ${fact.holder} without a lease`] : []),
        ...decided(history, 'reverting', at),
        ...overdue(history, at),
      ];
    }
    case 'stopped':
      return stopped(history, fact);
    default:
      return [];
  }
}

/** Requests that came late because their controller was stopped just before it sent them. */
export interface Late {
  left: number;
  readonly any: boolean;
}

/**
 * What is wrong with a request of ranch's to a live server: 0.5.1 and older are never asked. A request that was under
 * way when its controller was stopped is let pass, once: SQ knows no fencing, so nothing on a host can refuse it.
 */
export function checkAsked(fact: Fact<'asked'>, late: Late): readonly string[] {
  if (fact.sha !== OLD) return [];
  late.left -= 1;
  return late.left >= 0 ? [] : [`port ${fact.port}: 0.5.1 was asked for ${fact.endpoint}`];
}
