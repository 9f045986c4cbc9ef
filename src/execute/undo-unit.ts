import type { UnitPlan } from '../domain/plan.ts';
import type { Outcome } from '../domain/rollout.ts';
import { visit, visitUntil } from './connection.ts';
import type { UnitRun } from './execution.ts';
import { endUnit, step } from './step.ts';
import { stage } from './upload.ts';
import { verify } from './verify.ts';

/** An undo needs the lease for seconds. */
const UNDO_LEASE_SECONDS = 300;

/** The same unit the other way round. */
function reversed(unit: UnitPlan): UnitPlan | undefined {
  if (!unit.from) return undefined;
  const { version, sha256 } = unit.from;
  return {
    ...unit,
    action: 'rollback',
    from: unit.to,
    to: { sha256, platform: unit.to.platform, ...(version ? { version } : {}) },
    bytesToSend: 0,
  };
}

/**
 * Takes back a unit that was changed and confirmed in this rollout: armed, switched and confirmed like any other,
 * with the binary it had before. The data stays. Journaled as one `revert`.
 */
export async function undoUnit(run: UnitRun): Promise<Outcome> {
  const { execution, unit } = run;
  const back = reversed(unit);
  if (!back) return 'changed';
  const undo: UnitRun = { ...run, unit: back };
  const { deadmanSeconds } = execution.plan.options;
  try {
    await step(run, 'revert', async () => {
      // The processes are new ones since the switch: what runs now is what is armed.
      const lease = await visit(undo, async (host) => {
        const taken = await host.unit.lease(back.binary, execution.rollout, UNDO_LEASE_SECONDS);
        await stage(undo, host, taken);
        const now = await host.unit.inspect(back.binary, back.instances);
        const instances = back.instances.map((instance) => {
          const found = now.running.find(({ port }) => port === instance.port);
          return found ? { ...instance, pid: found.pid, startTicks: found.startTicks } : instance;
        });
        await host.unit.arm(taken, back.to.sha256, back.from?.sha256, deadmanSeconds, instances);
        return taken;
      });
      await visitUntil(undo, deadmanSeconds * 1000, async (host) =>
        verify(undo, host, await host.unit.switch(lease)),
      );
      await visitUntil(undo, deadmanSeconds * 1000, async (host) => {
        await host.unit.confirm(lease, back.to.sha256);
        await host.unit.release(lease);
      });
      return { facts: { sha256: back.to.sha256 }, value: undefined };
    });
    return endUnit(run, 'reverted');
  } catch (error) {
    if (execution.control.signal.aborted) throw error;
    return endUnit(run, 'failed', error);
  }
}
