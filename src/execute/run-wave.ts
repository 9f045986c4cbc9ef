import type { HostName } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { HostPlan, Wave } from '../domain/plan.ts';
import type { Outcome } from '../domain/rollout.ts';
import { type Baking, bake, endBake } from './bake.ts';
import { type Execution, record, unitState, unitsOf, withSpecs } from './execution.ts';
import { abandonUnit, resumeUnit } from './resume-unit.ts';
import { isBad, overBudget, worstOutcome } from './tally.ts';
import { nextHost } from './window.ts';

/** What a rollout knows while it runs. */
export interface Progress {
  /** Hosts that ended, in this and earlier waves. */
  readonly outcomes: Map<HostName, Outcome>;
}

export type WaveEnd =
  | { readonly kind: 'passed' }
  /** The budget is used up or the gate failed: no further wave. */
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'paused'; readonly reason: string };

/** How a host stands by the journal: the worst of its units that ended; undefined while one has not. */
export function hostOutcome(execution: Execution, hostPlan: HostPlan): Outcome | undefined {
  const states = unitsOf(execution, hostPlan).map(unitState);
  const ended = states.flatMap((state) => (state.kind === 'ended' ? [state.outcome] : []));
  const worst = worstOutcome(ended);
  if (ended.length === states.length) return worst;
  // A unit that went wrong ends its host: the other units of it are not started.
  const begun = states.some((state) => state.kind !== 'ended' && state.kind !== 'pending');
  return !begun && ended.some((outcome) => outcome !== 'changed' && outcome !== 'unchanged')
    ? worst
    : undefined;
}

/** The same while units wait for their gate: they count as changed, and a unit that went wrong counts at once. */
function standsNow(execution: Execution, hostPlan: HostPlan): Outcome {
  const ended = unitsOf(execution, hostPlan).flatMap((unit) => {
    const state = unitState(unit);
    return state.kind === 'ended' ? [state.outcome] : [];
  });
  return ended.some(isBad) ? worstOutcome(ended) : (hostOutcome(execution, hostPlan) ?? 'changed');
}

interface Hosted {
  readonly hostPlan: HostPlan;
  readonly baking: readonly Baking[];
  readonly paused: boolean;
}

function lastOfItsHost(hostPlan: HostPlan): RanchError {
  return new RanchError({
    code: 'interrupted',
    place: hostPlan.host,
    message: 'another binary of this host did not get where it should, and ended it',
    remedy: 'Look at what became of that one, and run `ranch retry`.',
  });
}

/**
 * The units of a host one after the other; the first that does not end well is the last to be begun. Those after it that
 * an earlier controller began are brought to an end.
 */
async function runHost(execution: Execution, hostPlan: HostPlan): Promise<Hosted> {
  const baking: Baking[] = [];
  const runs = withSpecs(unitsOf(execution, hostPlan));
  const begun = runs.some((run) => unitState(run).kind !== 'pending');
  let wrong = false;
  for (const run of runs) {
    if (wrong) {
      if (unitState(run).kind !== 'pending') await abandonUnit(run, lastOfItsHost(hostPlan));
      continue;
    }
    const result = await resumeUnit(run, begun);
    if (result.kind === 'paused') return { hostPlan, baking, paused: true };
    if (result.kind === 'confirmed') baking.push({ run, confirmed: result.confirmed });
    else wrong = isBad(result.outcome);
  }
  return { hostPlan, baking, paused: false };
}

/** Keeps the window full until nothing can start and nothing is in flight. */
class WaveRun {
  readonly #execution: Execution;
  readonly #wave: Wave;
  readonly #progress: Progress;
  readonly #inFlight = new Map<HostName, Promise<Hosted>>();
  readonly #waiting: HostPlan[];
  readonly baking: Baking[] = [];
  paused = false;
  stopped: string | undefined;

  constructor(execution: Execution, wave: Wave, progress: Progress) {
    this.#execution = execution;
    this.#wave = wave;
    this.#progress = progress;
    this.#waiting = wave.hosts.filter(({ host }) => !progress.outcomes.has(host));
  }

  async run(): Promise<void> {
    try {
      for (;;) {
        this.#startAll();
        if (this.#inFlight.size === 0) break;
        this.#take(await Promise.race(this.#inFlight.values()));
      }
    } finally {
      // One host's interruption or a journal that fails must not leave others running unseen.
      await Promise.allSettled(this.#inFlight.values());
    }
    const left = this.#waiting.length;
    if (left > 0 && !this.paused) {
      this.stopped ??= `${left === 1 ? '1 host' : `${left} hosts`} could not start: too many of their zone are down, or what they wait for failed`;
    }
  }

  #startAll(): void {
    this.stopped ??= overBudget(this.#execution.plan, this.#wave, this.#progress.outcomes);
    if (this.#execution.control.wants() !== 'run') this.paused = true;
    while (this.stopped === undefined && !this.paused) {
      const standing = { inFlight: new Set(this.#inFlight.keys()), outcomes: this.#progress.outcomes };
      const next = nextHost(this.#execution.plan, this.#wave, standing, this.#waiting);
      if (!next) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#inFlight.set(next.host, runHost(this.#execution, next));
    }
  }

  #take({ hostPlan, baking, paused }: Hosted): void {
    this.#inFlight.delete(hostPlan.host);
    this.baking.push(...baking);
    if (paused) {
      this.paused = true;
      return;
    }
    const outcome = standsNow(this.#execution, hostPlan);
    if (outcome) this.#progress.outcomes.set(hostPlan.host, outcome);
  }
}

function answerGate(
  execution: Execution,
  wave: Wave,
  answer: 'pass' | 'fail' | 'inconclusive',
  reason: string,
) {
  const { rollout, clock } = execution;
  record(execution, { type: 'gate-answered', rollout, at: clock.now(), wave: wave.name, answer, reason });
}

/** How many hosts of a wave ended in which way, for people: `2 changed, 1 reverted`. */
function tallied(outcomes: readonly Outcome[]): string {
  return [...new Set(outcomes)]
    .map((one) => `${outcomes.filter((outcome) => outcome === one).length} ${one}`)
    .join(', ');
}

/**
 * The gate of a wave in which nothing is left to watch. A wave that was paused before its end has no answer yet: it is
 * asked when the wave was gone on with. One in which no host got where it should has not passed.
 */
function answerUnwatched(execution: Execution, wave: Wave, run: WaveRun, progress: Progress): void {
  if (run.stopped !== undefined) {
    answerGate(execution, wave, 'fail', run.stopped);
    return;
  }
  if (run.paused) return;
  const outcomes = wave.hosts.map(({ host }) => progress.outcomes.get(host) ?? 'skipped');
  const well = outcomes.some((outcome) => outcome === 'changed' || outcome === 'unchanged');
  if (well) answerGate(execution, wave, 'pass', `nothing left to watch: ${tallied(outcomes)}`);
  else answerGate(execution, wave, 'fail', `no host changed: ${tallied(outcomes)}`);
}

/** The gate at the end of a wave: watches what was changed, then lets it go or takes it back. */
async function gate(execution: Execution, wave: Wave, run: WaveRun, progress: Progress): Promise<WaveEnd> {
  if (run.baking.length === 0) {
    answerUnwatched(execution, wave, run, progress);
  } else {
    const answer = await bake(execution, run.baking);
    // What passed its bake is let go all the same; but a wave over its budget has not passed.
    if (run.stopped !== undefined && answer.answer === 'pass')
      answerGate(execution, wave, 'fail', run.stopped);
    else answerGate(execution, wave, answer.answer, answer.reason);
    if (answer.answer === 'inconclusive') return { kind: 'paused', reason: answer.reason };
    await endBake(execution, run.baking, answer.answer === 'fail' ? answer.failed : []);
  }
  for (const { run: unit } of run.baking) {
    const outcome = hostOutcome(execution, unit.hostPlan);
    if (outcome) progress.outcomes.set(unit.hostPlan.host, outcome);
  }
  const over = run.stopped ?? overBudget(execution.plan, wave, progress.outcomes);
  return over === undefined ? { kind: 'passed' } : { kind: 'stopped', reason: over };
}

/** Carries out one wave. Throws only when it is interrupted or when the journal cannot be written. */
export async function runWave(execution: Execution, wave: Wave, progress: Progress): Promise<WaveEnd> {
  const { rollout, clock } = execution;
  record(execution, { type: 'wave-started', rollout, at: clock.now(), wave: wave.name });
  const run = new WaveRun(execution, wave, progress);
  await run.run();
  const end = await gate(execution, wave, run, progress);
  if (end.kind === 'passed' && run.paused) return { kind: 'paused', reason: 'asked for' };
  if (end.kind === 'passed') {
    record(execution, { type: 'wave-ended', rollout, at: clock.now(), wave: wave.name });
  }
  return end;
}
