import { Readable } from 'node:stream';
import type { HostName, RolloutId } from '../../src/domain/brand.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Clock, Journal, Random } from '../../src/domain/ports.ts';
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

/** What a controller of a simulation has of its own. */
export interface Own {
  readonly rollout: RolloutId;
  readonly random: Random;
  readonly hosts: readonly HostSpec[];
  /** The size of each binary. */
  readonly bytes: number;
  /** Rollouts of the same state folder that have ended. */
  readonly ended: readonly RolloutId[];
}

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
  /** Resolves when it may go on: a controller that is stopped (SIGSTOP) waits here. */
  awake: () => Promise<void> = () => Promise.resolve();
  readonly #own: Own;

  constructor(ranch: ModelRanch, plan: Plan, journal: Journal = new MemoryJournal(), own?: Own) {
    this.#ranch = ranch;
    this.#plan = plan;
    this.#journal = journal;
    const planned = plan.waves.flatMap(({ hosts }) => hosts);
    const hosts = planned.map((each) => host(each.host, { zone: each.zone }));
    this.#own = own ?? { rollout: ROLLOUT, random: seededRandom(7), hosts, bytes: BINARY_BYTES, ended: [] };
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
        await this.awake();
        if (this.dead) await new Promise(() => undefined);
      },
    };
  }

  execution(): Execution {
    const journal = this.#journal;
    const { rollout, random, hosts, bytes, ended } = this.#own;
    const half = () => Buffer.alloc(bytes / 2);
    return {
      rollout,
      plan: this.#plan,
      ended,
      hosts: new Map(hosts.map((spec): [HostName, HostSpec] => [spec.name, spec])),
      access: this.#ranch.access(this),
      journal: {
        append: (event) => this.#append(event),
        events: (of) => journal.events(of),
        savePlan: (plan) => journal.savePlan(plan),
      },
      states: new UnitStates(journal.events(rollout)),
      clock: this.#clock(),
      random,
      artifacts: { bytes: () => Promise.resolve(bytes), open: () => Readable.from([half(), half()]) },
      control: { signal: this.signal, wants: () => this.wish },
      watch: (event) => this.seen.push(event),
    };
  }

  /** Begins the rollout, or goes on with it when its journal has events. Throws `Killed` when it is dead. */
  async begin(execution: Execution = this.execution()): Promise<RolloutEnd> {
    const at = this.#ranch.clock.now();
    const { rollout } = execution;
    const begun = this.#journal.events(rollout).length > 0;
    const first: RolloutEvent = begun
      ? { type: 'rollout-resumed', rollout, at, by: 'tester' }
      : { type: 'rollout-started', rollout, at, plan: this.#plan.hash, by: 'tester' };
    await Promise.resolve();
    record(execution, first);
    return runRollout(execution);
  }

  /** The same, with time passing until it ends. Gives `dead` when it was killed. */
  async run(execution: Execution = this.execution()): Promise<RolloutEnd | 'dead'> {
    try {
      return await drive(this.#ranch.clock, this.begin(execution), () => this.dead);
    } catch (error) {
      if (error instanceof Killed) return 'dead';
      throw error;
    }
  }
}
