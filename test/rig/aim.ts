/** Milliseconds before a timer fires at which the first confirmation is sent off, and the first correction of that. */
const FIRST_MS = 300;
const FIRST_STEP_MS = 240;
const LAST_STEP_MS = 30;

/**
 * Finds the moment at which two racers arrive together: who was first is sent off later the next time, by less and less.
 * How long either takes is the machine's, and changes with what else it does.
 */
export class Aim {
  earlyMs = FIRST_MS;
  /** Races that the confirmation won, and that the timer won. */
  readonly won = { confirmation: 0, timer: 0 };
  #stepMs = FIRST_STEP_MS;

  /** Tells who won, for the next race. */
  tell(winner: 'confirmation' | 'timer'): void {
    this.won[winner] += 1;
    this.earlyMs += winner === 'timer' ? this.#stepMs : -this.#stepMs;
    if (this.won.confirmation > 0 && this.won.timer > 0) {
      this.#stepMs = Math.max(LAST_STEP_MS, this.#stepMs / 2);
    }
  }
}
