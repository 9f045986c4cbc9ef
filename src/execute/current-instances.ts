import type { PlannedInstance } from '../domain/plan.ts';
import type { Inspection } from '../host/unit-host.ts';
import type { UnitRun } from './execution.ts';

/**
 * True where a bare process that is gone can be started: it went down with its host, and that was kept of it, or the
 * power went before a single line could be written; then the plan's own words have to do, its key read from its file.
 */
function startable({ hostPlan }: UnitRun, instance: PlannedInstance, now: Inspection): boolean {
  if (now.startable?.includes(instance.port)) return true;
  const booted = now.boot !== undefined && now.boot !== hostPlan.evidence.bootId;
  return booted && (instance.keyed !== true || instance.keyFile !== undefined);
}

/**
 * The unit with the processes that run now: they have other numbers than when the plan was made once something was
 * switched or went back. A service that is down is named without a process, so that it is started, and so is a bare
 * process that went down with its host. Any other bare process that is gone keeps its old numbers, for how it was
 * started is gone with it, and arming says so.
 */
export function withCurrentProcesses(run: UnitRun, now: Inspection): UnitRun {
  const instances = run.unit.instances.map((instance) => {
    const { pid: _pid, startTicks: _start, ...rest } = instance;
    const found = now.running.find(({ port }) => port === instance.port);
    if (found) return { ...rest, pid: found.pid, startTicks: found.startTicks };
    return instance.supervisor.kind !== 'bare' || startable(run, instance, now) ? rest : instance;
  });
  return { ...run, unit: { ...run.unit, instances } };
}
