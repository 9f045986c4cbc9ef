import type { HostName } from '../domain/brand.ts';
import type { Observation, ReachedObservation } from '../domain/observation.ts';
import type { HostPlan, Plan, PlannedInstance } from '../domain/plan.ts';
import { fingerprint } from './fingerprint.ts';
import { portOf } from './seen.ts';

/** A host that is no longer what its plan was made on. */
export interface Moved {
  readonly host: HostName;
  readonly reason: string;
}

/** The hosts of a plan that moved since it was made (boot, process, running binary, file on disk); empty if none. */
export function stalePlan(plan: Plan, observations: ReadonlyMap<HostName, Observation>): readonly Moved[] {
  return plan.waves
    .flatMap((wave) => wave.hosts)
    .flatMap((host) => {
      const reason = whyMoved(host, observations.get(host.host));
      return reason === undefined ? [] : [{ host: host.host, reason }];
    });
}

function whyMoved(host: HostPlan, now: Observation | undefined): string | undefined {
  if (now === undefined) return 'was not looked at again';
  if (now.kind === 'unreachable') return `is unreachable now: ${now.trouble.message}`;
  if (now.bootId !== host.evidence.bootId) return 'was rebooted since';
  if (fingerprint(now, host.units) === host.evidence.fingerprint) return undefined;
  const processes = host.units
    .flatMap((unit) => unit.instances)
    .flatMap((instance) => whyProcessMoved(instance, now) ?? []);
  return processes.length > 0 ? processes.join('; ') : 'another binary is in place since';
}

function whyProcessMoved(planned: PlannedInstance, now: ReachedObservation): string | undefined {
  const server = now.servers.find((each) => portOf(each) === planned.port);
  if (server === undefined) {
    return planned.pid === undefined ? undefined : `port ${planned.port}: nothing runs there any more`;
  }
  if (planned.pid === undefined) return `port ${planned.port}: process ${server.pid} runs there since`;
  const same = server.pid === planned.pid && server.startTicks === planned.startTicks;
  return same ? undefined : `port ${planned.port}: was restarted since (process ${server.pid})`;
}
