import { RanchError, troubleOf } from '../domain/errors.ts';
import type { Facts, Outcome, Step } from '../domain/rollout.ts';
import { endsExecution } from './ends-execution.ts';
import { type PlannedUnit, record, type UnitRun } from './execution.ts';

/** What a step gives: facts for the record, and a value for the next step. */
export interface Done<T> {
  readonly facts: Facts;
  readonly value: T;
}

function stopped(run: UnitRun): RanchError {
  return new RanchError({
    code: 'interrupted',
    place: run.spec.name,
    message: 'stopped before the step was done',
    remedy: 'Run `ranch resume`: it looks at the host first.',
  });
}

/**
 * One journaled act: the intent, the act, the outcome. A step that is cut off by the user stays "intended", for
 * nobody knows how far it came: resume asks the host.
 */
export async function step<T>(run: UnitRun, name: Step, act: () => Promise<Done<T>>): Promise<T> {
  const { execution, hostPlan, unit } = run;
  const { signal } = execution.control;
  if (signal.aborted) throw stopped(run);
  const event = () => ({
    rollout: execution.rollout,
    at: execution.clock.now(),
    host: hostPlan.host,
    unit: unit.binary,
    step: name,
    attempt: 1,
  });
  record(execution, { ...event(), type: 'step-intended' });
  let done: Done<T>;
  try {
    done = await act();
  } catch (error) {
    if (signal.aborted) throw stopped(run);
    if (endsExecution(execution, error)) throw error;
    record(execution, { ...event(), type: 'step-failed', trouble: troubleOf(error, hostPlan.host) });
    throw error;
  }
  record(execution, { ...event(), type: 'step-done', facts: done.facts });
  return done.value;
}

/** Journals how a unit ended. */
export function endUnit(planned: PlannedUnit, outcome: Outcome, error?: unknown): Outcome {
  const { execution, hostPlan, unit } = planned;
  record(execution, {
    type: 'unit-ended',
    rollout: execution.rollout,
    at: execution.clock.now(),
    host: hostPlan.host,
    unit: unit.binary,
    outcome,
    ...(error === undefined ? {} : { trouble: troubleOf(error, hostPlan.host) }),
  });
  return outcome;
}
