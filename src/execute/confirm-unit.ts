import type { Step } from '../domain/rollout.ts';
import type { HostLink } from '../host/access.ts';
import type { Inspection, Lease, Running } from '../host/unit-host.ts';
import { LET_GO_MS, visitUntil } from './connection.ts';
import { endsExecution } from './ends-execution.ts';
import type { UnitRun } from './execution.ts';
import { endUnit, step } from './step.ts';
import { type Confirmed, ended, type UnitResult } from './unit-result.ts';

/** Steps from which on a unit may have been confirmed by its own rollout. */
export const CONFIRMED: readonly Step[] = ['confirm', 'bake', 'release'];

/**
 * The confirmation as a step. A host that was confirmed before, and whose answer never arrived, says so without
 * naming its processes: then they are looked at, for a gate has to know what it watches.
 */
export async function confirm(run: UnitRun, host: HostLink, lease: Lease): Promise<Confirmed> {
  const { unit } = run;
  const running = await step(run, 'confirm', async () => {
    const said = await host.unit.confirm(lease, unit.to.sha256);
    const all = said.length === unit.instances.length;
    const value = all ? said : (await host.unit.inspect(unit.binary, unit.instances)).running;
    return { facts: { pids: pidsOf(value) }, value };
  });
  return { lease, running };
}

function pidsOf(running: readonly Running[]): readonly string[] {
  return running.map(({ pid }) => String(pid));
}

/** True when exactly these instances run, all of them that binary. */
export function allRun(run: UnitRun, now: Inspection, sha256: string): boolean {
  return (
    now.running.length === run.unit.instances.length && now.running.every((each) => each.sha256 === sha256)
  );
}

/** True when the host has decided for the new binary, though the journal may not know it. */
export function isConfirmed(run: UnitRun, now: Inspection): boolean {
  const { to } = run.unit;
  if (now.confirming?.holder === run.execution.rollout) return true;
  if (now.armed !== undefined || now.reverting !== undefined) return false;
  return now.confirmed === to.sha256 && allRun(run, now, to.sha256);
}

/**
 * Goes on with a unit of which the host says that it was confirmed: what is lacking of that is done, and it is
 * watched if it was not yet. `gatePassed` is true where the journal says that its gate answered.
 */
export async function foundConfirmed(
  run: UnitRun,
  lease: Lease,
  now: Inspection,
  gatePassed: boolean,
): Promise<UnitResult> {
  const confirmed = await visitUntil(run, LET_GO_MS, async (host) => {
    if (now.confirming !== undefined) return confirm(run, host, lease);
    const { running } = now;
    await step(run, 'confirm', async () => ({
      facts: { pids: pidsOf(running), found: true },
      value: undefined,
    }));
    return { lease, running };
  });
  if (run.execution.plan.options.bakeSeconds > 0 && !gatePassed) return { kind: 'confirmed', confirmed };
  return endConfirmed(run, lease, 0);
}

/** Lets go of a unit that is confirmed and baked. */
export async function letGo(run: UnitRun, host: HostLink, lease: Lease, bakedSeconds: number): Promise<void> {
  await step(run, 'bake', async () => ({ facts: { seconds: bakedSeconds }, value: undefined }));
  await step(run, 'release', async () => {
    await host.unit.release(lease);
    return { facts: {}, value: undefined };
  });
}

/** Lets go of a confirmed unit and ends it: it is changed, whatever becomes of the tidying up. */
export async function endConfirmed(run: UnitRun, lease: Lease, bakedSeconds: number): Promise<UnitResult> {
  try {
    await visitUntil(run, LET_GO_MS, (host) => letGo(run, host, lease, bakedSeconds), { keep: true });
  } catch (error) {
    if (endsExecution(run.execution, error)) throw error;
    // The lease that may be left runs out by itself.
    return ended(endUnit(run, 'changed', error));
  }
  return ended(endUnit(run, 'changed'));
}
