import { RanchError } from '../domain/errors.ts';
import type { Outcome, Step } from '../domain/rollout.ts';
import type { HostLink } from '../host/access.ts';
import type { Lease, Switched } from '../host/unit-host.ts';
import { confirm, letGo } from './confirm-unit.ts';
import { LET_GO_MS, lostOnTheWay, visit, visitUntil } from './connection.ts';
import { endsExecution } from './ends-execution.ts';
import { type UnitRun, unitState } from './execution.ts';
import { renewLease, takeLease } from './lease.ts';
import { prove } from './prove.ts';
import { revertUnit } from './revert-unit.ts';
import { endUnit, step } from './step.ts';
import { type Confirmed, ended, type UnitResult } from './unit-result.ts';
import { stage } from './upload.ts';
import { stillRuns, verify } from './verify.ts';

/** Steps that leave nothing to put back. */
const HARMLESS: readonly Step[] = ['lease', 'stage', 'prove'];
/** A confirmation that comes later than this before the dead man's time is not tried again. */
const CONFIRM_MARGIN_MS = 2_000;

/** Everything before the switch: over one connection, the live server untouched until the very end of it. */
async function prepare(run: UnitRun, host: HostLink): Promise<Lease | 'paused'> {
  const { unit, execution } = run;
  const { plan, control } = execution;
  const lease = await takeLease(run, host);
  await step(run, 'stage', async () => {
    const sent = await stage(run, host, lease);
    return { facts: { sent, sha256: unit.to.sha256 }, value: undefined };
  });
  if (control.wants() !== 'run') return paused(host, lease);
  await step(run, 'prove', async () => ({ facts: await prove(run, host, lease), value: undefined }));
  if (control.wants() !== 'run') return paused(host, lease);
  await step(run, 'arm', async () => {
    const { deadmanSeconds } = plan.options;
    await host.unit.arm(lease, unit.to.sha256, unit.from?.sha256, deadmanSeconds, unit.instances);
    return { facts: { seconds: deadmanSeconds }, value: undefined };
  });
  return lease;
}

/** A pause may be long: nothing is kept on the host for it. */
async function paused(host: HostLink, lease: Lease): Promise<'paused'> {
  await host.unit.release(lease);
  return 'paused';
}

/**
 * Lets go of a host on which nothing was switched: over a fresh connection, for the one before may be what failed. An
 * arming that arrived, and whose answer did not, is taken back.
 */
async function letGoUnswitched(run: UnitRun, cause: unknown): Promise<void> {
  const state = unitState(run);
  if (!('reached' in state) || (state.step === 'lease' && !lostOnTheWay(cause))) return;
  const maybeArmed = !HARMLESS.includes(state.reached);
  try {
    await visitUntil(run, LET_GO_MS, async (host) => {
      const lease = await renewLease(run, host);
      if (maybeArmed) {
        await step(run, 'revert', async () => ({
          facts: { outcome: await host.unit.revert(lease) },
          value: undefined,
        }));
      }
      await host.unit.release(lease);
    });
  } catch (error) {
    // What is told is what led here. The timer and the lease that may be left end by themselves.
    if (endsExecution(run.execution, error)) throw error;
  }
}

/** The switch and the look at what came of it, over a connection that the timer has outlived. */
async function switchOver(run: UnitRun, lease: Lease, leftSeconds: number): Promise<void> {
  const patience = leftSeconds * 1000 - CONFIRM_MARGIN_MS;
  const until = run.execution.clock.monotonic() + patience;
  let switched: readonly Switched[] = [];
  await visitUntil(run, patience, async (host) => {
    const again = switched.length > 0;
    if (!again) {
      switched = await step(run, 'switch', async () => {
        const value = await host.unit.switch(lease);
        const tries = value.reduce((most, one) => Math.max(most, one.tries), 0);
        return { facts: { pids: value.map(({ pid }) => String(pid)), tries }, value };
      });
    }
    await step(run, 'verify', async () => {
      if (again) await stillRuns(run, host, switched);
      return { facts: await verify(run, host, switched, until), value: undefined };
    });
  });
}

/** How an error before the arming leaves a unit: the host is as it was. */
export function outcomeBeforeArming(error: unknown): Outcome {
  if (lostOnTheWay(error)) return 'unreachable';
  const code = error instanceof RanchError ? error.code : undefined;
  return code === 'unsaved' || code === 'proof-impossible' ? 'inconclusive' : 'failed';
}

/**
 * From the switch to the confirmation, over one more fresh connection: the proof that the host can still be reached.
 * Any failure before the host has decided is followed by a revert; none after it is. `leftSeconds` is what is left of
 * the dead man's time.
 */
export async function finishArmed(run: UnitRun, lease: Lease, leftSeconds: number): Promise<UnitResult> {
  const { bakeSeconds, deadmanSeconds } = run.execution.plan.options;
  let confirmed: Confirmed | undefined;
  try {
    await switchOver(run, lease, leftSeconds);
    const finish = async (host: HostLink): Promise<void> => {
      confirmed ??= await confirm(run, host, lease);
      if (bakeSeconds === 0) await letGo(run, host, lease, 0);
    };
    // kept for the look at the end
    await visitUntil(run, deadmanSeconds * 1000, finish, { keep: bakeSeconds === 0 });
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    if (confirmed === undefined) return revertUnit(run, error);
    // Only the tidying up is lacking: the lease that may be left runs out by itself.
    return ended(endUnit(run, 'changed', error));
  }
  if (bakeSeconds > 0 && confirmed !== undefined) return { kind: 'confirmed', confirmed };
  return ended(endUnit(run, 'changed'));
}

/**
 * Carries one unit from the lease to its confirmation. Gives how it ended; throws only when it is interrupted or
 * when the journal cannot be written.
 */
export async function runUnit(run: UnitRun): Promise<UnitResult> {
  let lease: Lease | 'paused';
  try {
    // the connection of the look that the plan was made by: what comes after the arming has fresh ones
    lease = await visit(run, (host) => prepare(run, host), { reuse: true });
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    await letGoUnswitched(run, error);
    return ended(endUnit(run, outcomeBeforeArming(error), error));
  }
  if (lease === 'paused') return { kind: 'paused' };
  return finishArmed(run, lease, run.execution.plan.options.deadmanSeconds);
}
