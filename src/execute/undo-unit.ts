import { RanchError } from '../domain/errors.ts';
import type { UnitPlan } from '../domain/plan.ts';
import type { HostLink } from '../host/access.ts';
import type { Lease } from '../host/unit-host.ts';
import { LET_GO_MS, lostOnTheWay, visitUntil } from './connection.ts';
import { withCurrentProcesses } from './current-instances.ts';
import { endsExecution } from './ends-execution.ts';
import { type UnitRun, unitState } from './execution.ts';
import { renewLease } from './lease.ts';
import { endUnit, step } from './step.ts';
import { ended, type UnitResult } from './unit-result.ts';
import { stage } from './upload.ts';
import { verify } from './verify.ts';

/** The same unit the other way round; undefined where nothing else ran before. */
function reversed(unit: UnitPlan): UnitPlan | undefined {
  if (!unit.from || unit.from.sha256 === unit.to.sha256) return undefined;
  const { version, sha256 } = unit.from;
  return {
    ...unit,
    action: 'rollback',
    from: unit.to,
    to: { sha256, platform: unit.to.platform, ...(version ? { version } : {}) },
    bytesToSend: 0,
  };
}

/** Arms for the way back. What runs now is what is armed: the processes are new ones since the switch. */
async function armBack(planned: UnitRun, host: HostLink): Promise<Lease> {
  const now = await host.unit.inspect(planned.unit.binary, planned.unit.instances);
  const undo = withCurrentProcesses(planned, now);
  const { unit, execution } = undo;
  const lease = await renewLease(undo, host);
  await stage(undo, host, lease);
  const { deadmanSeconds } = execution.plan.options;
  await host.unit.arm(lease, unit.to.sha256, unit.from?.sha256, deadmanSeconds, unit.instances);
  return lease;
}

/** Armed, switched and confirmed like any other switch. Begins anew wherever an earlier controller stopped. */
async function goBack(undo: UnitRun): Promise<void> {
  const patience = undo.execution.plan.options.deadmanSeconds * 1000;
  const lease = await visitUntil(undo, patience, (host) => armBack(undo, host));
  const until = undo.execution.clock.monotonic() + patience;
  await visitUntil(undo, patience, async (host) => verify(undo, host, await host.unit.switch(lease), until));
  let confirmed = false;
  await visitUntil(undo, patience, async (host) => {
    if (!confirmed) await host.unit.confirm(lease, undo.unit.to.sha256);
    confirmed = true;
    await host.unit.release(lease);
  });
}

/** After an undo that failed: what it armed is taken back, so that the host is on the confirmed binary. */
async function disarm(run: UnitRun): Promise<void> {
  try {
    await visitUntil(run, LET_GO_MS, async (host) => {
      const lease = await renewLease(run, host);
      await host.unit.revert(lease);
      await host.unit.release(lease);
    });
  } catch (error) {
    // What is told is what led here. The timer and the lease that may be left end by themselves.
    if (endsExecution(run.execution, error)) throw error;
  }
}

/** A first install has nothing to go back to: it stays, and says so where it did not pass. */
async function stays(run: UnitRun): Promise<UnitResult> {
  const state = unitState(run);
  if (state.kind === 'ended') return ended(state.outcome);
  await disarm(run);
  const error = new RanchError({
    code: 'revert-failed',
    place: run.spec.name,
    message: 'did not pass its gate, and nothing else ran here that could be put back',
    remedy: 'Look at SQ on this host; it is left as it is.',
  });
  return ended(endUnit(run, 'failed', error));
}

/**
 * Takes back a unit that was changed and confirmed in this rollout, with the binary it had before. The data stays.
 * Journaled as one `revert`.
 */
export async function undoUnit(run: UnitRun): Promise<UnitResult> {
  const back = reversed(run.unit);
  if (!back) return stays(run);
  try {
    await step(run, 'revert', async () => {
      await goBack({ ...run, unit: back });
      return { facts: { sha256: back.to.sha256 }, value: undefined };
    });
    return ended(endUnit(run, 'reverted'));
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    await disarm(run);
    return ended(endUnit(run, lostOnTheWay(error) ? 'unreachable' : 'failed', error));
  }
}
