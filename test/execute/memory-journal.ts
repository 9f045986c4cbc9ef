import type { RolloutId } from '../../src/domain/brand.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Journal } from '../../src/domain/ports.ts';
import type { RolloutEvent, RolloutStatus } from '../../src/domain/rollout.ts';
import { nextRolloutStatus } from '../../src/domain/rollout-state.ts';
import { nextUnitState, PENDING, type UnitState } from '../../src/domain/unit-state.ts';

/** A journal of one rollout in memory that, like the store, refuses what cannot follow. */
export class MemoryJournal implements Journal {
  readonly all: RolloutEvent[] = [];
  #status: RolloutStatus | undefined;
  readonly #units = new Map<string, UnitState>();

  append(event: RolloutEvent): void {
    const status = nextRolloutStatus(this.#status, event);
    if ('unit' in event) {
      const key = `${event.host} ${event.unit}`;
      this.#units.set(key, nextUnitState(this.#units.get(key) ?? PENDING, event));
    }
    this.#status = status;
    this.all.push(event);
  }

  events(_rollout: RolloutId): readonly RolloutEvent[] {
    return this.all;
  }

  savePlan(_plan: Plan): void {
    // A plan is given to each execution by the test itself.
  }

  get status(): RolloutStatus | undefined {
    return this.#status;
  }
}
