import { Readable } from 'node:stream';
import type { HostName, RolloutId } from '../../src/domain/brand.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Clock, Journal } from '../../src/domain/ports.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import type { UploadProgress } from '../../src/domain/upload-progress.ts';
import { type Execution, record } from '../../src/execute/execution.ts';
import { type RolloutEnd, runRollout } from '../../src/execute/run-rollout.ts';
import { UnitStates } from '../../src/execute/unit-states.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import { host } from '../plan/given.ts';
import { MemoryJournal } from './memory-journal.ts';
import type { Life, ModelRanch } from './model-ranch.ts';
import { drive } from './virtual-clock.ts';

export const ROLLOUT = 'r-1' as RolloutId;
export const BINARY_BYTES = 150_000;

/** What a dead controller meets when it goes on all the same: it can do nothing any more. */
export class Killed extends Error {}

/** What happens at one place of an execution: its number counts commands and appends. */
export type Cut = 'interrupt' | 'kill';

/** One process of ranch that carries out a plan on a model ranch. */
export class Controller implements Life {
  readonly #ranch: ModelRanch;
  readonly #plan: Plan;
  readonly #journal: Journal;
  readonly #abort = new AbortController();
  #cut: { readonly at: number; readonly how: Cut } | undefined;
  dead = false;
  /** Every place where it could have been cut off. */
  readonly points: string[] = [];
  readonly seen: (RolloutEvent | UploadProgress)[] = [];
  wish: 'run' | 'pause' | 'abort' = 'run';
  /** Called at every place. */
  onPoint: (what: string) => void = () => undefined;

  constructor(ranch: ModelRanch, plan: Plan, journal: Journal = new MemoryJournal()) {
    this.#ranch = ranch;
    this.#plan = plan;
    this.#journal = journal;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Cuts it off at the place of that number. */
  cutAt(at: number, how: Cut): this {
    this.#cut = { at, how };
    return this;
  }

  interrupt(): void {
    this.#abort.abort();
  }

  point(what: string): void {
    if (this.#cut?.at === this.points.length) {
      if (this.#cut.how === 'kill') this.dead = true;
      else this.interrupt();
    }
    this.points.push(what);
    this.onPoint(what);
  }

  #append(event: RolloutEvent): void {
    const what = 'step' in event ? `${event.type} ${event.host} ${event.step}` : event.type;
    if (this.dead) throw new Killed();
    this.point(`append ${what}`);
    if (this.dead) throw new Killed();
    this.#journal.append(event);
    this.point(`appended ${what}`);
    if (this.dead) throw new Killed();
  }

  #clock(): Clock {
    const { clock } = this.#ranch;
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal);
        if (this.dead) await new Promise(() => undefined);
      },
    };
  }

  execution(): Execution {
    const journal = this.#journal;
    const planned = this.#plan.waves.flatMap(({ hosts }) => hosts);
    const known = planned.map((each): [HostName, HostSpec] => [
      each.host,
      host(each.host, { zone: each.zone }),
    ]);
    return {
      rollout: ROLLOUT,
      plan: this.#plan,
      hosts: new Map(known),
      access: this.#ranch.access(this),
      journal: {
        append: (event) => this.#append(event),
        events: (rollout) => journal.events(rollout),
        savePlan: (plan) => journal.savePlan(plan),
      },
      states: new UnitStates(journal.events(ROLLOUT)),
      clock: this.#clock(),
      random: seededRandom(7),
      artifacts: {
        bytes: () => Promise.resolve(BINARY_BYTES),
        open: () => Readable.from([Buffer.alloc(BINARY_BYTES / 2), Buffer.alloc(BINARY_BYTES / 2)]),
      },
      control: { signal: this.signal, wants: () => this.wish },
      watch: (event) => this.seen.push(event),
    };
  }

  /** Begins the rollout, or goes on with it when its journal has events. Gives `dead` when it was killed. */
  async run(execution: Execution = this.execution()): Promise<RolloutEnd | 'dead'> {
    const at = this.#ranch.clock.now();
    const begun = this.#journal.events(ROLLOUT).length > 0;
    const first: RolloutEvent = begun
      ? { type: 'rollout-resumed', rollout: ROLLOUT, at, by: 'tester' }
      : { type: 'rollout-started', rollout: ROLLOUT, at, plan: this.#plan.hash, by: 'tester' };
    const work = Promise.resolve().then(() => {
      record(execution, first);
      return runRollout(execution);
    });
    try {
      return await drive(this.#ranch.clock, work, () => this.dead);
    } catch (error) {
      if (error instanceof Killed) return 'dead';
      throw error;
    }
  }
}
