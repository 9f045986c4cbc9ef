import { RanchError } from '../domain/errors.ts';
import type { Step } from '../domain/rollout.ts';
import type { HostLink } from '../host/access.ts';
import type { Inspection, Lease } from '../host/unit-host.ts';
import { allRun, CONFIRMED, endConfirmed, foundConfirmed, isConfirmed } from './confirm-unit.ts';
import { visit, visitUntil } from './connection.ts';
import { withCurrentProcesses } from './current-instances.ts';
import { endsExecution } from './ends-execution.ts';
import { type UnitRun, unitState } from './execution.ts';
import { takeLease } from './lease.ts';
import { revertUnit } from './revert-unit.ts';
import { finishArmed, outcomeBeforeArming, runUnit } from './run-unit.ts';
import { endUnit, step } from './step.ts';
import { undoUnit } from './undo-unit.ts';
import { ended, type UnitResult } from './unit-result.ts';

/** What to do with a unit that a controller left in the middle, by what its host shows. */
export type Continuation =
  /** Nothing decided, nothing armed: begin again, every step can be repeated. */
  | 'restart'
  /** The new binary runs and its timer is running: look at it and confirm. */
  | 'verify'
  /** It was confirmed; only the tidying up and the bake are lacking. */
  | 'confirmed'
  /** It is armed and the old binary runs: take the arming back, then begin again. */
  | 'disarm'
  /** The host went back by itself. */
  | 'reverted';

const SWITCHED: readonly Step[] = ['switch', 'verify', 'confirm', 'bake', 'release'];

/**
 * Decides by the host, not by the record: that one, `reached`, only tells what can be this rollout's own doing. What
 * another holder armed is not ours to go on with (and a lease is never had while its switch is under way).
 */
export function continuation(run: UnitRun, now: Inspection, reached: Step): Continuation {
  const { to } = run.unit;
  const { rollout } = run.execution;
  if (CONFIRMED.includes(reached) && isConfirmed(run, now)) return 'confirmed';
  if (now.reverting?.holder === rollout) return 'disarm';
  if (now.armed?.holder === rollout) {
    const switched = SWITCHED.includes(reached) && allRun(run, now, to.sha256);
    return switched && now.armed.remainingSeconds > 0 ? 'verify' : 'disarm';
  }
  return now.outcome !== undefined && isBackFromSwitch(run, now, reached) ? 'reverted' : 'restart';
}

/** What was there before a switch is there again: the host's timer put it back, or its boot. */
function isBackFromSwitch(run: UnitRun, now: Inspection, reached: Step): boolean {
  const { from } = run.unit;
  if (!SWITCHED.includes(reached)) return false;
  // A first install leaves nothing.
  return from === undefined ? now.onDisk === undefined : allRun(run, now, from.sha256);
}

/** A boot leaves no outcome, so that who resumes may begin again: but what ends there was changed, and is not any more. */
function isBackByBoot(run: UnitRun, now: Inspection, reached: Step): boolean {
  return now.confirmed !== run.unit.to.sha256 && isBackFromSwitch(run, now, reached);
}

async function afterSwitching(run: UnitRun): Promise<{ lease: Lease; now: Inspection }> {
  return visitUntil(run, patience(run), async (host) => {
    const lease = await takeLease(run, host);
    return { lease, now: await host.unit.inspect(run.unit.binary, run.unit.instances) };
  });
}

function patience(run: UnitRun): number {
  return run.execution.plan.options.deadmanSeconds * 1000;
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
  return runUnit(withCurrentProcesses(run, await visit(run, (host) => look(run, host))));
}

/** A host that went down after it had decided, and before all of that was done: it is brought up like any other. */
async function startConfirmed(run: UnitRun, lease: Lease): Promise<UnitResult> {
  await visit(run, (host) => host.unit.confirm(lease, run.unit.to.sha256));
  return startAgain(run, lease, false);
}

function look(run: UnitRun, host: HostLink): Promise<Inspection> {
  return host.unit.inspect(run.unit.binary, run.unit.instances);
}

/** The end of a unit that is let go of as it is: never begun, or confirmed before and not well since. */
function endAsItIs(run: UnitRun, now: Inspection, reached: Step, why: RanchError): void {
  if (!CONFIRMED.includes(reached) || now.confirmed !== run.unit.to.sha256) {
    endUnit(run, 'skipped', why);
    return;
  }
  const error = new RanchError({
    code: 'verify-failed',
    place: run.spec.name,
    message: `it was confirmed, and ${now.running.length} of its ${run.unit.instances.length} instances run now`,
    remedy: 'Look at SQ on this host, and plan again with what is stopped.',
  });
  endUnit(run, 'failed', error);
}

function stoppedOnTheWayBack(run: UnitRun): RanchError {
  return new RanchError({
    code: 'interrupted',
    place: run.spec.name,
    message: 'it was being put back when its controller stopped',
    remedy: 'See `ranch show` for what led to it.',
  });
}

/** True also where nothing runs: a bare process is down after a power cut. */
function noneOther(now: Inspection, sha256: string): boolean {
  return now.running.every((each) => each.sha256 === sha256);
}

/**
 * Going back was decided: that is brought to its end, and nothing is tried anew. What is armed for the old binary, or
 * confirmed on the new one, was a unit that had been changed; else its switch was never confirmed.
 */
async function finishRevert(run: UnitRun): Promise<UnitResult> {
  const { from, to } = run.unit;
  const now = await visitUntil(run, patience(run), (host) => look(run, host));
  const arming = now.armed ?? now.reverting ?? now.confirming;
  const changed =
    arming === undefined
      ? now.confirmed === to.sha256 && now.onDisk === to.sha256 && noneOther(now, to.sha256)
      : arming.to === from?.sha256;
  return changed ? undoUnit(run) : revertUnit(run, stoppedOnTheWayBack(run));
}

/**
 * Brings a unit that was begun to an end without going on: what is armed goes back, what is confirmed stays, what was
 * not switched is let go. For a rollout that ends.
 */
export async function abandonUnit(run: UnitRun, why: RanchError): Promise<void> {
  const state = unitState(run);
  if (state.kind === 'ended') return;
  if (state.kind === 'pending') {
    endUnit(run, 'skipped');
    return;
  }
  try {
    if (state.reached === 'revert') {
      await finishRevert(run);
      return;
    }
    const { lease, now } = await afterSwitching(run);
    const next = continuation(run, now, state.reached);
    if (next === 'confirmed' && !allRun(run, now, run.unit.to.sha256)) {
      await visit(run, async (host) => {
        await host.unit.confirm(lease, run.unit.to.sha256);
        await host.unit.release(lease);
      });
      endAsItIs(run, { ...now, confirmed: run.unit.to.sha256 }, state.reached, why);
    } else if (next === 'confirmed') {
      const result = await foundConfirmed(run, lease, now, true);
      if (result.kind === 'confirmed') await endConfirmed(run, lease, 0);
    } else if (next === 'restart' && !isBackByBoot(run, now, state.reached)) {
      await visit(run, (host) => host.unit.release(lease));
      endAsItIs(run, now, state.reached, why);
    } else {
      await revertUnit(run, why);
    }
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    endUnit(run, outcomeBeforeArming(error), error);
  }
}

/** A unit whose turn comes on a host that an earlier controller began: that host may have been booted since. */
async function beginLate(run: UnitRun): Promise<UnitResult> {
  try {
    const now = await visit(run, (host) => look(run, host));
    const booted = now.boot !== undefined && now.boot !== run.hostPlan.evidence.bootId;
    return await runUnit(booted ? withCurrentProcesses(run, now) : run);
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    return ended(endUnit(run, outcomeBeforeArming(error), error));
  }
}

/**
 * Goes on with a unit that some controller began: looks at the host first, and trusts the host over the record.
 * `begun`: an earlier controller was on its host. Ends like `runUnit`.
 */
export async function resumeUnit(run: UnitRun, begun: boolean): Promise<UnitResult> {
  const state = unitState(run);
  if (state.kind === 'ended') return ended(state.outcome);
  if (state.kind === 'pending') return begun ? beginLate(run) : runUnit(run);
  try {
    if (state.reached === 'revert') return await finishRevert(run);
    const { lease, now } = await afterSwitching(run);
    switch (continuation(run, now, state.reached)) {
      case 'verify':
        return await finishArmed(run, lease, now.armed?.remainingSeconds ?? 0);
      case 'confirmed':
        if (!allRun(run, now, run.unit.to.sha256)) return await startConfirmed(run, lease);
        return await foundConfirmed(run, lease, now, state.reached !== 'confirm');
      case 'reverted':
        return await revertUnit(run, stoppedOnTheWayBack(run));
      case 'disarm':
        return await startAgain(run, lease, true);
      case 'restart':
        return await startAgain(run, lease, false);
    }
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    return ended(endUnit(run, outcomeBeforeArming(error), error));
  }
}
