import { RanchError } from '../domain/errors.ts';
import type { Outcome } from '../domain/rollout.ts';
import type { HostLink } from '../host/access.ts';
import type { Lease, Running, Switched } from '../host/unit-host.ts';
import { lostOnTheWay, visit, visitUntil } from './connection.ts';
import type { UnitRun } from './execution.ts';
import { prove } from './prove.ts';
import { revertUnit } from './revert-unit.ts';
import { endUnit, step } from './step.ts';
import { stage } from './upload.ts';
import { verify } from './verify.ts';

/**
 * How long a lease lasts without its holder: a proof on a slow host fits in, and a dead controller does not keep a
 * host for long. The host's own `switching` mark protects a switch beyond that.
 */
const LEASE_SECONDS = 900;
/** A confirmation that comes later than this before the dead man's time is not tried again. */
const CONFIRM_MARGIN_MS = 2_000;

/** How a unit stands after its switch was confirmed: the processes that a gate keeps watching. */
export interface Confirmed {
  readonly lease: Lease;
  readonly running: readonly Running[];
}

/** A unit's result: how it ended, or that it is confirmed and waits for the bake. */
export type UnitResult =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'confirmed'; readonly confirmed: Confirmed }
  /** The user asked for a pause before anything on the host was at stake. */
  | { readonly kind: 'paused' };

/** Takes the lease; every later command on this unit names it. */
export function takeLease(run: UnitRun, host: HostLink): Promise<Lease> {
  const { unit, execution } = run;
  return step(run, 'lease', async () => {
    const lease = await host.unit.lease(unit.binary, execution.rollout, LEASE_SECONDS);
    return { facts: { token: lease.token }, value: lease };
  });
}

/** Everything before the switch: over one connection, the live server untouched until the very end of it. */
async function prepare(run: UnitRun, host: HostLink): Promise<Lease | 'paused'> {
  const { unit, execution } = run;
  const { plan, control } = execution;
  const lease = await takeLease(run, host);
  try {
    await step(run, 'stage', async () => {
      const sent = await stage(run, host, lease);
      return { facts: { sent, sha256: unit.to.sha256 }, value: undefined };
    });
    if (control.wants() !== 'run') return 'paused';
    await step(run, 'prove', async () => ({ facts: await prove(run, host, lease), value: undefined }));
    if (control.wants() !== 'run') return 'paused';
    await step(run, 'arm', async () => {
      const { deadmanSeconds } = plan.options;
      await host.unit.arm(lease, unit.to.sha256, unit.from?.sha256, deadmanSeconds, unit.instances);
      return { facts: { seconds: deadmanSeconds }, value: undefined };
    });
    return lease;
  } catch (error) {
    // Nothing was switched: let go at once where the host can still be reached.
    if (!lostOnTheWay(error) && !control.signal.aborted) await host.unit.release(lease);
    throw error;
  }
}

/** The switch and the look at what came of it, over a connection that the timer has outlived. */
async function switchOver(run: UnitRun, lease: Lease): Promise<void> {
  const { deadmanSeconds } = run.execution.plan.options;
  const patience = deadmanSeconds * 1000 - CONFIRM_MARGIN_MS;
  let switched: readonly Switched[] = [];
  await visitUntil(run, patience, async (host) => {
    if (switched.length === 0) {
      switched = await step(run, 'switch', async () => {
        const value = await host.unit.switch(lease);
        const tries = value.reduce((most, one) => Math.max(most, one.tries), 0);
        return { facts: { pids: value.map(({ pid }) => String(pid)), tries }, value };
      });
    }
    await step(run, 'verify', async () => ({
      facts: await verify(run, host, switched),
      value: undefined,
    }));
  });
}

/** The confirmation, over one more fresh connection: the proof that the host can still be reached. */
export function confirmUnit(run: UnitRun, lease: Lease): Promise<Confirmed> {
  const { plan } = run.execution;
  const patience = plan.options.deadmanSeconds * 1000;
  return visitUntil(run, patience, async (host) => {
    const running = await step(run, 'confirm', async () => {
      const value = await host.unit.confirm(lease, run.unit.to.sha256);
      return { facts: { pids: value.map(({ pid }) => String(pid)) }, value };
    });
    if (plan.options.bakeSeconds === 0) await letGo(run, host, lease, 0);
    return { lease, running };
  });
}

/** Ends a unit that is confirmed and baked. */
export async function letGo(run: UnitRun, host: HostLink, lease: Lease, bakedSeconds: number): Promise<void> {
  await step(run, 'bake', async () => ({ facts: { seconds: bakedSeconds }, value: undefined }));
  await step(run, 'release', async () => {
    await host.unit.release(lease);
    return { facts: {}, value: undefined };
  });
}

/** How an error before the arming leaves a unit: the host is as it was. */
export function outcomeBeforeArming(error: unknown): Outcome {
  if (lostOnTheWay(error)) return 'unreachable';
  const code = error instanceof RanchError ? error.code : undefined;
  return code === 'unsaved' || code === 'proof-impossible' ? 'inconclusive' : 'failed';
}

/** From the switch to the confirmation; any failure is followed by a revert. */
export async function finishArmed(run: UnitRun, lease: Lease): Promise<UnitResult> {
  let confirmed: Confirmed;
  try {
    await switchOver(run, lease);
    confirmed = await confirmUnit(run, lease);
  } catch (error) {
    if (run.execution.control.signal.aborted) throw error;
    return { kind: 'ended', outcome: await revertUnit(run, lease, error) };
  }
  if (run.execution.plan.options.bakeSeconds > 0) return { kind: 'confirmed', confirmed };
  return { kind: 'ended', outcome: endUnit(run, 'changed') };
}

/**
 * Carries one unit from the lease to its confirmation. Gives how it ended; throws only when it is interrupted or
 * when the journal cannot be written.
 */
export async function runUnit(run: UnitRun): Promise<UnitResult> {
  let lease: Lease | 'paused';
  try {
    lease = await visit(run, (host) => prepare(run, host));
  } catch (error) {
    if (run.execution.control.signal.aborted) throw error;
    return { kind: 'ended', outcome: endUnit(run, outcomeBeforeArming(error), error) };
  }
  if (lease === 'paused') return { kind: 'paused' };
  return finishArmed(run, lease);
}
