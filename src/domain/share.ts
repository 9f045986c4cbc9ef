/** A number of hosts, absolute or as percent of a denominator that planning freezes. */
export type Share =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** Hosts that a share allows of `total`, rounded down. */
export function floorShare(share: Share, total: number): number {
  return share.kind === 'count' ? Math.min(share.count, total) : Math.floor((share.percent * total) / 100);
}

/** Hosts that a share demands of `total`, rounded up: how a quorum is counted. */
export function ceilShare(share: Share, total: number): number {
  return share.kind === 'count' ? Math.min(share.count, total) : Math.ceil((share.percent * total) / 100);
}

/** `3` or `50%`. */
export function showShare(share: Share): string {
  return share.kind === 'count' ? String(share.count) : `${share.percent}%`;
}

/** Takes `3`, `"3"` or `"50%"`; undefined for anything else (negative, over 100 %, not a whole number). */
export function parseShare(value: string | number): Share | undefined {
  const match = /^(\d{1,6})(%?)$/.exec(String(value).trim());
  if (!match) return undefined;
  const amount = Number(match[1]);
  if (match[2] === '') return { kind: 'count', count: amount };
  return amount <= 100 ? { kind: 'percent', percent: amount } : undefined;
}
