import type { PlannedInstance } from '../domain/plan.ts';
import type { Inspection } from '../host/unit-host.ts';

/**
 * A unit's instances with the processes that run now: they have other numbers than when the plan was made once
 * something was switched or went back. A service that is down is named without a process, so that it is started, and
 * so is a bare process that went down with its host, where that was kept of it. Any other bare process that is gone
 * keeps its old numbers, for how it was started is gone with it, and arming says so.
 */
export function currentInstances(
  instances: readonly PlannedInstance[],
  now: Inspection,
): readonly PlannedInstance[] {
  return instances.map((instance) => {
    const { pid: _pid, startTicks: _start, ...rest } = instance;
    const found = now.running.find(({ port }) => port === instance.port);
    if (found) return { ...rest, pid: found.pid, startTicks: found.startTicks };
    const startable = instance.supervisor.kind !== 'bare' || now.startable?.includes(instance.port);
    return startable ? rest : instance;
  });
}
