import { RanchError } from '../domain/errors.ts';
import type { Inspection, Lease } from '../host/unit-host.ts';
import { visit, visitUntil } from './connection.ts';
import { type UnitRun, unitState } from './execution.ts';
import { revertUnit } from './revert-unit.ts';
import {
  confirmUnit,
  finishArmed,
  letGo,
  outcomeBeforeArming,
  runUnit,
  takeLease,
  type UnitResult,
} from './run-unit.ts';
import { endUnit, step } from './step.ts';

/** What to do with a unit that a controller left in the middle, by what its host shows. */
export type Continuation =
  /** Nothing decided, nothing armed: begin again, every step can be repeated. */
  | 'restart'
  /** The new binary runs and its timer is running: look at it and confirm. */
  | 'verify'
  /** It was confirmed; only the tidying up is lacking. */
  | 'confirmed'
  /** It is armed and the old binary runs: take the arming back, then begin again. */
  | 'disarm'
  /** The host went back by itself. */
  | 'reverted';

/**
 * Decides by the host, not by the record. `token` is the lease's: what another holder armed is not ours to go on
 * with (and a lease is never had while its switch is under way).
 */
export function continuation(run: UnitRun, now: Inspection, holder: string): Continuation {
  const { to, from, instances } = run.unit;
  const allRun = (sha: string): boolean =>
    now.running.length === instances.length && now.running.every(({ sha256 }) => sha256 === sha);
  if (now.confirming?.holder === holder) return 'confirmed';
  if (now.reverting) return 'disarm';
  if (now.armed?.holder === holder) {
    return allRun(to.sha256) && now.armed.remainingSeconds > 0 ? 'verify' : 'disarm';
  }
  if (now.confirmed === to.sha256 && allRun(to.sha256)) return 'confirmed';
  if (now.outcome !== undefined && from !== undefined && allRun(from.sha256)) return 'reverted';
  return 'restart';
}

async function afterSwitching(run: UnitRun): Promise<{ lease: Lease; now: Inspection }> {
  return visitUntil(run, run.execution.plan.options.deadmanSeconds * 1000, async (host) => {
    const lease = await takeLease(run, host);
    return { lease, now: await host.unit.inspect(run.unit.binary, run.unit.instances) };
  });
}

async function startAgain(run: UnitRun, lease: Lease, disarm: boolean): Promise<UnitResult> {
  if (disarm) {
    await visit(run, (host) =>
      step(run, 'revert', async () => ({
        facts: { outcome: await host.unit.revert(lease) },
        value: undefined,
      })),
    );
  }
  return runUnit(withCurrentProcesses(run, await look(run)));
}

function look(run: UnitRun): Promise<Inspection> {
  return visit(run, (host) => host.unit.inspect(run.unit.binary, run.unit.instances));
}

/** Processes have other numbers than when the plan was made if the host reverted in between. */
function withCurrentProcesses(run: UnitRun, now: Inspection): UnitRun {
  const instances = run.unit.instances.map((instance) => {
    const found = now.running.find(({ port }) => port === instance.port);
    return found ? { ...instance, pid: found.pid, startTicks: found.startTicks } : instance;
  });
  return { ...run, unit: { ...run.unit, instances } };
}

/**
 * Brings a unit that was begun to an end without going on: what is armed goes back, what is confirmed stays, what was
 * not switched is let go. For a rollout that is aborted.
 */
export async function abandonUnit(run: UnitRun): Promise<void> {
  const state = unitState(run);
  if (state.kind === 'ended') return;
  if (state.kind === 'pending') {
    endUnit(run, 'skipped');
    return;
  }
  const aborted = new RanchError({
    code: 'interrupted',
    place: run.spec.name,
    message: 'the rollout was aborted',
    remedy: 'Plan again when you want to go on.',
  });
  try {
    const { lease, now } = await afterSwitching(run);
    const next = continuation(run, now, run.execution.rollout);
    if (next === 'confirmed') {
      await visit(run, (host) => letGo(run, host, lease, 0));
      endUnit(run, 'changed');
    } else if (next === 'restart') {
      await visit(run, (host) => host.unit.release(lease));
      endUnit(run, 'skipped', aborted);
    } else {
      await revertUnit(run, lease, aborted);
    }
  } catch (error) {
    if (run.execution.control.signal.aborted) throw error;
    endUnit(run, outcomeBeforeArming(error), error);
  }
}

/**
 * Goes on with a unit that some controller began: looks at the host first, and trusts the host over the record.
 * Ends like `runUnit`.
 */
export async function resumeUnit(run: UnitRun): Promise<UnitResult> {
  const state = unitState(run);
  if (state.kind === 'ended') return { kind: 'ended', outcome: state.outcome };
  if (state.kind === 'pending') return runUnit(run);
  try {
    const { lease, now } = await afterSwitching(run);
    switch (continuation(run, now, run.execution.rollout)) {
      case 'verify':
        return await finishArmed(run, lease);
      case 'confirmed': {
        if (now.confirming) await confirmUnit(run, lease);
        else await visit(run, (host) => letGo(run, host, lease, 0));
        return { kind: 'ended', outcome: endUnit(run, 'changed') };
      }
      case 'reverted':
        return { kind: 'ended', outcome: await revertUnit(run, lease, new Error('its controller died')) };
      case 'disarm':
        return await startAgain(run, lease, true);
      case 'restart':
        return await startAgain(run, lease, false);
    }
  } catch (error) {
    if (run.execution.control.signal.aborted) throw error;
    return { kind: 'ended', outcome: endUnit(run, outcomeBeforeArming(error), error) };
  }
}
