import { RanchError, type Trouble, troubleOf } from '../domain/errors.ts';
import type { HostLink } from '../host/access.ts';
import type { Inspection, Lease } from '../host/unit-host.ts';
import { CONFIRMED, foundConfirmed, isConfirmed } from './confirm-unit.ts';
import { lostOnTheWay, visitUntil } from './connection.ts';
import { endsExecution } from './ends-execution.ts';
import { type UnitRun, unitState } from './execution.ts';
import { renewLease } from './lease.ts';
import { endUnit, step } from './step.ts';
import { ended, type UnitResult } from './unit-result.ts';

/** After its deadline the host's own revert takes a quiet stop and a start. */
const AFTER_DEADLINE_MS = 10_000;

function revertFailed(run: UnitRun, text: string, because: Trouble): RanchError {
  return new RanchError({
    code: 'revert-failed',
    place: run.spec.name,
    message: `${text} (after: ${because.message})`,
    remedy: 'Look at the host now: the old binary lies under `.ranch/releases` beside the new one.',
  });
}

function unreachableWhileArmed(run: UnitRun, seconds: number, because: Trouble): RanchError {
  return new RanchError({
    code: 'unreachable',
    place: run.spec.name,
    message: `could not be reached after its switch (${because.message}); it reverts by itself after ${seconds} s`,
    remedy: 'When it can be reached again, run `ranch sweep` to see what it runs.',
  });
}

function isBack(run: UnitRun, after: Inspection): boolean {
  const wanted = run.unit.from?.sha256;
  // Of a first install nothing may be left: that nothing runs is so after a boot as well.
  if (wanted === undefined) return after.running.length === 0 && after.onDisk === undefined;
  return after.stopped.length === 0 && after.running.every(({ sha256 }) => sha256 === wanted);
}

/** One revert over an open connection, as a step: put back, looked at, let go. */
function putBack(run: UnitRun, host: HostLink, lease: Lease, because: Trouble): Promise<void> {
  return step(run, 'revert', async () => {
    const text = await host.unit.revert(lease);
    const after = await host.unit.inspect(run.unit.binary, run.unit.instances);
    // Also where a person is needed: what that person does next must not wait until the lease runs out.
    await host.unit.release(lease);
    if (!isBack(run, after)) throw revertFailed(run, `the old binary is not back: ${text}`, because);
    return { facts: { outcome: text }, value: undefined };
  });
}

/**
 * True when the host has decided for the new binary and this rollout may have made it: a confirmation that was never
 * meant is another's, and not ours to go on with.
 */
function wasConfirmed(run: UnitRun, now: Inspection): boolean {
  const state = unitState(run);
  return 'reached' in state && CONFIRMED.includes(state.reached) && isConfirmed(run, now);
}

/**
 * Puts the old binary back after a failure, or finds that the host did so by itself, or that it was confirmed and its
 * answer was lost: then there is nothing to put back. Tries for as long as the dead man's switch may take. The lease
 * is taken anew: a host that was booted knows none of before. Journals the outcome with what led to it.
 */
export async function revertUnit(run: UnitRun, cause: unknown): Promise<UnitResult> {
  const { plan } = run.execution;
  const because = troubleOf(cause, run.spec.name);
  const { deadmanSeconds } = plan.options;
  try {
    const confirmed = await visitUntil(run, deadmanSeconds * 1000 + AFTER_DEADLINE_MS, async (host) => {
      const lease = await renewLease(run, host);
      const now = await host.unit.inspect(run.unit.binary, run.unit.instances);
      if (wasConfirmed(run, now)) return { lease, now };
      await putBack(run, host, lease, because);
      return undefined;
    });
    if (confirmed) return await foundConfirmed(run, confirmed.lease, confirmed.now, false);
    return ended(endUnit(run, 'reverted', cause));
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    if (!lostOnTheWay(error)) return ended(endUnit(run, 'failed', error));
    return ended(endUnit(run, 'unreachable', unreachableWhileArmed(run, deadmanSeconds, because)));
  }
}
