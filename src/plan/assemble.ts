import type { HostName, Version } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Acknowledgement, Exclusion, Plan, PlanOptions } from '../domain/plan.ts';
import type { Ranch } from '../domain/ranch.ts';
import { planBudget } from './budget.ts';
import { exclude, type HostDraft, type PlannedHost } from './host-draft.ts';
import { lintPlan } from './lint.ts';
import { sealPlan } from './seal.ts';
import { makeWaves } from './waves.ts';
import { zoneAcknowledgements, zoneRooms } from './zones.ts';

/** What was decided on each selected host, by name. */
export type Drafts = ReadonlyMap<HostName, HostDraft>;

/** What a plan is put together from. */
export interface PlanParts {
  readonly purpose: Plan['purpose'];
  readonly ranch: Ranch;
  readonly observations: ReadonlyMap<HostName, Observation>;
  readonly drafts: Drafts;
  readonly target: Version;
  readonly options: PlanOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Puts waves, budgets, exclusions and acknowledgements to the decisions, seals the plan and lints it. Throws
 * `inventory-invalid` where `after` goes in a circle, and `internal` where the lint finds a defect of the planner's.
 */
export function assemble(parts: PlanParts): Plan {
  const { purpose, ranch, observations, target, options, now } = parts;
  const { planned, excluded, acknowledgements } = sort(parts);
  const budget = planBudget(options.budget, planned.length);
  const rooms = zoneRooms(ranch, planned, observations, options, budget);
  const plan = sealPlan({
    kind: 'plan',
    ranch: ranch.name,
    purpose,
    createdAt: now,
    target,
    options,
    waves: makeWaves({ ranch, planned, options, rooms }),
    excluded,
    zones: [...rooms.values()].map((room) => room.limit),
    budget,
    acknowledgements: [...zoneAcknowledgements(rooms, planned), ...acknowledgements],
  });
  const complaints = lintPlan(plan, ranch);
  if (complaints.length === 0) return plan;
  throw new RanchError({
    code: 'internal',
    place: 'plan',
    message: `the plan breaks its own rules: ${complaints.slice(0, 3).join('; ')}`,
    remedy: 'Nothing was touched. This is a defect in ranch; please report it with the inventory and `-v`.',
  });
}

interface Sorted {
  readonly planned: readonly PlannedHost[];
  readonly excluded: readonly Exclusion[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** Hosts with something to do, and the others; both in the order of the inventory. */
function sort({ ranch, observations, drafts }: PlanParts): Sorted {
  const planned: PlannedHost[] = [];
  const excluded: Exclusion[] = [];
  const acknowledgements: Acknowledgement[] = [];
  for (const spec of ranch.hosts) {
    const draft = drafts.get(spec.name);
    if (draft === undefined) continue;
    const observation = observations.get(spec.name);
    if (draft.units.length === 0 || observation?.kind !== 'reached') {
      excluded.push(exclude(spec.name, draft.left));
      continue;
    }
    const left = draft.left.map(({ text }) => `leaves alone: ${text}`);
    const notes = [...draft.notes, ...armedNotes(observation.ranch), ...left];
    planned.push({ spec, observation, units: draft.units, notes });
    acknowledgements.push(...draft.acknowledgements);
  }
  return { planned, excluded, acknowledgements };
}

function armedNotes(
  folders: readonly { readonly armed: boolean; readonly binDir: string }[],
): readonly string[] {
  return folders
    .filter((folder) => folder.armed)
    .map(
      ({ binDir }) =>
        `an earlier run left a switch undecided in ${binDir}/.ranch: its way back is this rollout’s as well`,
    );
}
