import type { RolloutId } from '../../src/domain/brand.ts';
import { RanchError } from '../../src/domain/errors.ts';
import type { Plan, PlanOptions } from '../../src/domain/plan.ts';
import { hasEnded, type RolloutEvent } from '../../src/domain/rollout.ts';
import type { RolloutEnd } from '../../src/execute/run-rollout.ts';
import { Controller } from '../execute/controller.ts';
import { MemoryJournal } from '../execute/memory-journal.ts';
import type { ModelRanch } from '../execute/model-ranch.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import type { Chronicle } from './chronicle.ts';
import { seedOf } from './draw.ts';
import type { Fate } from './fate.ts';
import { planNow, ranchFor } from './inventory.ts';
import type { ControllerEvent, Scenario } from './scenario.ts';

/** Binaries are small here: what an upload is made of is another test's matter. */
const BINARY_BYTES = 64;
/** After so many tries an operator gives up and asks for an abort; after so many more something is wrong. */
const PATIENCE = 6;
const LIVES = 12;

/** A journal that also tells the chronicle. `lie` stands for a defect that a checker has to find. */
class TellingJournal extends MemoryJournal {
  readonly #tell: (event: RolloutEvent) => void;
  readonly #lie: (event: RolloutEvent) => RolloutEvent;

  constructor(tell: (event: RolloutEvent) => void, lie: (event: RolloutEvent) => RolloutEvent) {
    super();
    this.#tell = tell;
    this.#lie = lie;
  }

  override append(event: RolloutEvent): void {
    const told = this.#lie(event);
    super.append(told);
    this.#tell(told);
  }
}

/** What an operator works with. */
export interface Workplace {
  readonly scenario: Scenario;
  readonly ranch: ModelRanch;
  readonly chronicle: Chronicle;
  readonly fate: Fate;
  readonly lie: (event: RolloutEvent) => RolloutEvent;
}

/** How a controller came to its end, seen from outside. */
type Came = RolloutEnd | 'dead' | RanchError;

/** A person with one state folder: plans, starts a rollout, and resumes it until it has ended. */
export class Operator {
  readonly rollout: RolloutId;
  readonly #place: Workplace;
  readonly #journal: TellingJournal;
  /** Those whose rollouts are in the same state folder. */
  readonly before: readonly Operator[];
  #events: readonly ControllerEvent[];
  #points = 0;
  #aborts = false;
  plan: Plan | undefined;

  constructor(place: Workplace, number: number, before: readonly Operator[] = []) {
    this.#place = place;
    this.before = before;
    this.rollout = `r-${number}` as RolloutId;
    this.#events = place.scenario.events.filter(({ controller }) => controller === number);
    this.#journal = new TellingJournal((event) => place.chronicle.journal(this.rollout, event), place.lie);
  }

  get ended(): boolean {
    return this.#journal.status !== undefined && hasEnded(this.#journal.status);
  }

  /** Works until the rollout has ended, or there was nothing to do. Gives what is wrong with that; empty when nothing. */
  async work(options: Partial<PlanOptions>): Promise<readonly string[]> {
    const { scenario, ranch, chronicle } = this.#place;
    this.plan = planNow({ scenario, ranch, options });
    const { plan } = this;
    if (!plan) return [];
    for (let life = 0; life < LIVES; life++) {
      if (life >= PATIENCE) this.#aborts = true;
      const came = await this.#live(plan, life);
      if (came instanceof RanchError) chronicle.note(`${this.rollout}: ended by ${came.code}`);
      else if (came === 'dead') chronicle.note(`${this.rollout}: killed`);
      if (came instanceof RanchError && (came.code === 'internal' || came.code === 'illegal-transition'))
        return [`${this.rollout}: ${came.code}: ${came.message}`];
      if (this.ended) return [];
      await ranch.clock.sleep(scenario.resumeAfterMs);
    }
    return [`${this.rollout} does not end: it is ${this.#journal.status} after ${LIVES} controllers`];
  }

  async #live(plan: Plan, life: number): Promise<Came> {
    const { scenario, ranch } = this.#place;
    const random = seededRandom(seedOf(scenario.seed, `${this.rollout} ${life}`));
    const { hosts } = ranchFor(scenario);
    const ended = this.before.filter((each) => each.ended).map(({ rollout }) => rollout);
    const own = { rollout: this.rollout, random, hosts, bytes: BINARY_BYTES, ended };
    const controller = new Controller(ranch, plan, this.#journal, own);
    if (this.#aborts) controller.wish = 'abort';
    const death = new Promise<'dead'>((resolve) => {
      controller.onPoint = (what) => this.#befall(controller, what, () => resolve('dead'));
    });
    const work = controller.begin().catch((error: unknown): Came => {
      if (controller.dead) return 'dead';
      if (error instanceof RanchError) return error;
      throw error;
    });
    return Promise.race([work, death]);
  }

  /** What happens to a controller at one place of its way. */
  #befall(controller: Controller, what: string, died: () => void): void {
    const { ranch, fate, chronicle } = this.#place;
    this.#points += 1;
    if (controller.dead) return;
    // A journal fails where it is written.
    const fits = ({ kind, at }: ControllerEvent) =>
      at < this.#points && (kind !== 'journal-fails' || what.startsWith('append '));
    const due = this.#events.filter(fits);
    if (due.length === 0) return;
    this.#events = this.#events.filter((event) => !fits(event));
    for (const { kind, ms } of due) {
      fate.count(kind);
      chronicle.note(`${this.rollout}: ${kind} at ${what}`);
      switch (kind) {
        case 'kill':
          controller.dead = true;
          died();
          break;
        case 'interrupt':
          controller.interrupt();
          break;
        case 'stall': {
          const until = ranch.clock.sleep(ms);
          controller.awake = () => until;
          break;
        }
        case 'pause':
          controller.wish = 'pause';
          break;
        case 'abort':
          this.#aborts = true;
          controller.wish = 'abort';
          break;
        case 'journal-fails':
          throw new RanchError({
            code: 'store-failed',
            place: 'journal',
            message: 'no space',
            remedy: 'look',
          });
      }
    }
  }
}
