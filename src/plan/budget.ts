import { ceilShare, floorShare, type Share } from '../domain/share.ts';

/** Hosts that may fail in the whole plan: the share of the hosts planned, rounded down. A canary's budget is always 0. */
export function planBudget(share: Share, planned: number): number {
  return floorShare(share, planned);
}

/**
 * Hosts that may fail in one zone: the share of its planned hosts, never more than the whole plan may. Rounded up,
 * because the whole is rounded down: else 20 % of ten hosts in five zones would be two in all and none in any.
 */
export function zoneBudget(share: Share, plannedInZone: number, whole: number): number {
  return Math.min(whole, ceilShare(share, plannedInZone));
}

/** Hosts of the canary wave: at least one where any share is asked for; 0 for no canary wave. */
export function canaryCount(share: Share, planned: number): number {
  const asked = share.kind === 'count' ? share.count : share.percent;
  return asked === 0 ? 0 : Math.max(1, floorShare(share, planned));
}
