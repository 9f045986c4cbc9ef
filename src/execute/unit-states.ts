import type { HostName } from '../domain/brand.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import { nextUnitState, PENDING, type UnitState } from '../domain/unit-state.ts';

/** The journal of one rollout, folded: where each of its units stands. */
export class UnitStates {
  readonly #states = new Map<string, UnitState>();

  constructor(events: readonly RolloutEvent[]) {
    for (const event of events) this.add(event);
  }

  /** One more event. Throws `illegal-transition` where it cannot follow. */
  add(event: RolloutEvent): void {
    if (!('unit' in event)) return;
    const key = `${event.host}\n${event.unit}`;
    this.#states.set(key, nextUnitState(this.#states.get(key) ?? PENDING, event));
  }

  of(host: HostName, unit: string): UnitState {
    return this.#states.get(`${host}\n${unit}`) ?? PENDING;
  }
}
