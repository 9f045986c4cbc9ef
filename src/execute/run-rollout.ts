import type { HostName } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { Wave } from '../domain/plan.ts';
import type { Outcome, RolloutEvent, RolloutOutcome } from '../domain/rollout.ts';
import { isInterruption } from './connection.ts';
import { type Execution, plannedUnits, record, unitState, withSpecs } from './execution.ts';
import { abandonUnit } from './resume-unit.ts';
import { hostOutcome, type Progress, runWave, type WaveEnd } from './run-wave.ts';
import { endUnit } from './step.ts';
import { isBad } from './tally.ts';
import { undoUnit } from './undo-unit.ts';

/** How an execution came to rest. */
export type RolloutEnd =
  | { readonly kind: 'ended'; readonly outcome: RolloutOutcome; readonly reason: string }
  | { readonly kind: 'paused'; readonly reason: string };

/** What the journal says ended already: nothing of it is done twice. */
function progressSoFar(execution: Execution): Progress {
  const outcomes = new Map<HostName, Outcome>();
  for (const wave of execution.plan.waves) {
    for (const hostPlan of wave.hosts) {
      const outcome = hostOutcome(execution, hostPlan);
      if (outcome) outcomes.set(hostPlan.host, outcome);
    }
  }
  return { outcomes };
}

/** After a stop: takes back what `on_failure` says, newest wave first. */
async function takeBack(execution: Execution, stoppedIn: Wave): Promise<void> {
  const { onFailure } = execution.plan.options;
  if (onFailure !== 'wave' && onFailure !== 'all') return;
  const hosts = new Set(stoppedIn.hosts.map(({ host }) => host));
  const changed = withSpecs(plannedUnits(execution)).filter((run) => {
    const state = unitState(run);
    const mine = onFailure === 'all' || hosts.has(run.hostPlan.host);
    return mine && state.kind === 'ended' && state.outcome === 'changed';
  });
  for (const run of changed.reverse()) await undoUnit(run);
}

function end(execution: Execution, outcome: RolloutOutcome, reason: string): RolloutEnd {
  // Units that never started are told as what they are.
  for (const unit of plannedUnits(execution))
    if (unitState(unit).kind === 'pending') endUnit(unit, 'skipped');
  const { rollout, clock } = execution;
  record(execution, { type: 'rollout-ended', rollout, at: clock.now(), outcome });
  return { kind: 'ended', outcome, reason };
}

function pause(execution: Execution, reason: string): RolloutEnd {
  const { rollout, clock } = execution;
  record(execution, { type: 'rollout-paused', rollout, at: clock.now(), reason });
  return { kind: 'paused', reason };
}

function endedWell(progress: Progress): boolean {
  return ![...progress.outcomes.values()].some(isBad);
}

/** True when every unit that was changed was put back. */
function allReverted(execution: Execution): boolean {
  const outcomes = plannedUnits(execution).flatMap((unit) => {
    const state = unitState(unit);
    return state.kind === 'ended' ? [state.outcome] : [];
  });
  return outcomes.includes('reverted') && outcomes.every((o) => o === 'reverted' || o === 'skipped');
}

/** What an earlier controller left in the middle comes to an end; nothing else is begun. */
async function settle(execution: Execution, message: string): Promise<void> {
  for (const run of withSpecs(plannedUnits(execution))) {
    if (unitState(run).kind === 'pending') continue;
    const remedy = 'Plan again when you want to go on.';
    await abandonUnit(run, new RanchError({ code: 'interrupted', place: run.spec.name, message, remedy }));
  }
}

/**
 * Ends the units of hosts that the inventory does not name any more: nobody knows how to reach them. What was begun
 * there goes back by itself, or was confirmed.
 */
function endRemoved(execution: Execution): void {
  for (const unit of plannedUnits(execution)) {
    const { kind } = unitState(unit);
    const { host } = unit.hostPlan;
    if (execution.hosts.has(host) || kind === 'ended') continue;
    const error = new RanchError({
      code: 'plan-stale',
      place: host,
      message: 'the inventory does not name this host any more',
      remedy: 'Name it there again and run `ranch retry` should it still be yours to keep.',
    });
    endUnit(unit, kind === 'pending' ? 'skipped' : 'unreachable', error);
  }
}

async function endAborted(execution: Execution): Promise<RolloutEnd> {
  await settle(execution, 'the rollout was aborted');
  return end(execution, 'aborted', 'asked for');
}

async function afterWave(execution: Execution, wave: Wave, result: WaveEnd): Promise<RolloutEnd | undefined> {
  const { control, rollout, clock, plan } = execution;
  const waits = plan.options.onFailure === 'pause';
  if (control.wants() === 'abort' && (result.kind !== 'stopped' || waits)) {
    record(execution, { type: 'rollout-aborted', rollout, at: clock.now(), reason: 'asked for' });
    return endAborted(execution);
  }
  if (result.kind === 'paused') return pause(execution, result.reason);
  if (result.kind === 'passed') return undefined;
  if (waits) return pause(execution, result.reason);
  await settle(execution, `the rollout was stopped: ${result.reason}`);
  await takeBack(execution, wave);
  return end(execution, allReverted(execution) ? 'reverted' : 'failed', result.reason);
}

/**
 * Whether the journal says that a wave is behind us. That all its hosts ended is not enough: a controller can have
 * died before it drew the consequence. One that was paused after its gate, as `on_failure: pause` says, and then
 * resumed is left behind: going on is what the user wants.
 */
function isBehind(execution: Execution, before: readonly RolloutEvent[], wave: Wave): boolean {
  const begun = before.findLastIndex((event) => event.type === 'wave-started' && event.wave === wave.name);
  if (begun < 0) return false;
  const since = before.slice(begun);
  if (since.some(({ type }) => type === 'wave-ended')) return true;
  const gate = since.findIndex(({ type }) => type === 'gate-answered');
  const waits = execution.plan.options.onFailure === 'pause';
  return waits && gate >= 0 && since.slice(gate).some(({ type }) => type === 'rollout-paused');
}

async function runWaves(execution: Execution): Promise<RolloutEnd> {
  const before = execution.journal.events(execution.rollout);
  endRemoved(execution);
  if (before.some(({ type }) => type === 'rollout-aborted')) return endAborted(execution);
  const progress = progressSoFar(execution);
  for (const wave of execution.plan.waves) {
    const ends = wave.hosts.every(({ host }) => progress.outcomes.has(host));
    if (ends && isBehind(execution, before, wave)) continue;
    const result = await runWave(execution, wave, progress);
    const ended = await afterWave(execution, wave, result);
    if (ended) return ended;
  }
  const well = endedWell(progress);
  return end(execution, well ? 'completed' : 'partial', well ? 'all done' : 'some failed, within the budget');
}

/**
 * Carries out a plan, from wherever its journal says it stands: the same call begins a rollout and resumes one. Gives
 * how it ended or that it is paused; throws when the journal cannot be written.
 */
export async function runRollout(execution: Execution): Promise<RolloutEnd> {
  try {
    return await runWaves(execution);
  } catch (error) {
    if (isInterruption(execution, error)) return pause(execution, 'interrupted');
    throw error;
  }
}
