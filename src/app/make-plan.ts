import type { HostName, Sha256, Version } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Plan, PlanOptions } from '../domain/plan.ts';
import { selectHosts } from '../inventory/select-hosts.ts';
import { lintPlan } from '../plan/lint.ts';
import { DEFAULT_PLAN_OPTIONS } from '../plan/options.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import { planRollout } from '../plan/plan.ts';
import { planRollback } from '../plan/rollback.ts';
import { stalePlan } from '../plan/stale.ts';
import { releasesOf } from './known-versions.ts';
import { driftsOf, lookAtHosts, recordSweep, type SweepOptions, type Swept } from './sweep.ts';
import { inventoryTarget, targetOf } from './target.ts';
import type { Workspace } from './workspace.ts';

export interface Planned {
  readonly plan: Plan;
  readonly swept: Swept;
}

/** Hosts on hold are left out of plans until their time, with a word. */
async function heldHosts(workspace: Workspace): Promise<ReadonlyMap<HostName, string>> {
  const holds = (await workspace.store()).holds();
  return new Map(
    holds.map(({ host, until }) => [host, `is on hold until ${new Date(until).toISOString()}`] as const),
  );
}

/** Earlier looks at hosts that are not selected: they bear on the quorum of their zone. */
async function allObservations(
  workspace: Workspace,
  swept: Swept,
): Promise<ReadonlyMap<HostName, Observation>> {
  const earlier = (await workspace.store()).latestObservations().map(({ observation }) => observation);
  return new Map([
    ...earlier.map((observation) => [observation.host, observation] as const),
    ...swept.observations,
  ]);
}

/** Looks at the selected hosts and plans, a rollout to `version` or (without one) a rollback of the inventory's. */
export async function makePlan(
  workspace: Workspace,
  purpose: Plan['purpose'],
  version: Version,
  wanted: Partial<PlanOptions>,
  options: SweepOptions = {},
): Promise<Planned> {
  const planOptions: PlanOptions = { ...DEFAULT_PLAN_OPTIONS, ...wanted };
  const { ranch, clock } = workspace;
  const selected = selectHosts(ranch, { hosts: planOptions.hosts, tags: planOptions.tags });
  const target = await targetOf(workspace, version);
  const swept = await lookAtHosts(workspace, selected, options);
  const recorded = (await inventoryTarget(workspace)) ?? target;
  await recordSweep(workspace, swept, driftsOf(selected, swept, recorded));
  const input = {
    ranch,
    hosts: selected,
    held: await heldHosts(workspace),
    observations: await allObservations(workspace, swept),
    target,
    options: planOptions,
    now: clock.now(),
    releasesKnown: releasesOf(swept.known),
  };
  return { plan: purpose === 'rollout' ? planRollout(input) : planRollback(input), swept };
}

/** Reads a saved plan and holds it against the hosts of now. Throws `plan-invalid`, `plan-stale`. */
export async function checkPlan(
  workspace: Workspace,
  json: unknown,
  file: string,
  options: SweepOptions = {},
): Promise<Planned> {
  const plan = parsePlan(json, file);
  const complaints = lintPlan(plan, workspace.ranch, await workspace.artifacts());
  if (complaints.length > 0) {
    throw new RanchError({
      code: 'plan-invalid',
      place: file,
      message: complaints.slice(0, 5).join('; '),
      remedy: 'Make a new plan with `ranch plan`.',
    });
  }
  const names = new Set(plan.waves.flatMap(({ hosts }) => hosts.map(({ host }) => host)));
  const hosts = workspace.ranch.hosts.filter(({ name }) => names.has(name));
  const swept = await lookAtHosts(workspace, hosts, options);
  const moved = stalePlan(plan, swept.observations);
  if (moved.length > 0) {
    throw new RanchError({
      code: 'plan-stale',
      place: file,
      message: moved.map(({ host, reason }) => `${host}: ${reason}`).join('; '),
      remedy: 'The hosts moved since the plan was made. Make a new one with `ranch plan`.',
    });
  }
  return { plan, swept };
}

/** Every sha256 that a plan will put on a host. */
export function shasOf(plan: Plan): ReadonlySet<Sha256> {
  return new Set(
    plan.waves.flatMap(({ hosts }) => hosts.flatMap(({ units }) => units.map(({ to }) => to.sha256))),
  );
}
