import type { HostName } from '../domain/brand.ts';
import type { DriftState, HostDrift } from '../domain/drift.ts';

/** A host that is no longer in the state it was in at the sweep before. */
export interface DriftChange {
  readonly host: HostName;
  /** Absent where the host was never looked at before. */
  readonly from?: DriftState;
  readonly to: DriftState;
  /** Why it is in that state now, for people. */
  readonly reason: string;
}

/** What changed between two looks, in the order of the later one. Hosts that only the earlier one knew are not told. */
export function driftChanges(
  before: readonly HostDrift[],
  now: readonly HostDrift[],
): readonly DriftChange[] {
  const earlier = new Map(before.map(({ host, state }) => [host, state]));
  return now.flatMap(({ host, state, reason }) => {
    const from = earlier.get(host);
    if (from === state) return [];
    return [{ host, ...(from === undefined ? {} : { from }), to: state, reason }];
  });
}
