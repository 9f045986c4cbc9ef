import type { Artifact } from '../domain/artifact.ts';
import type { Plan } from '../domain/plan.ts';
import type { Ranch } from '../domain/ranch.ts';
import { lintHosts } from './lint-hosts.ts';
import { lintOrder } from './lint-order.ts';
import { lintUnits } from './lint-units.ts';
import { lintWaves } from './lint-waves.ts';
import { lintZones } from './lint-zones.ts';
import { verifyPlan } from './seal.ts';

/**
 * A second program that checks what every plan must keep, written without the planner's functions: it knows the
 * rules, not how the planner follows them. Each complaint is a sentence; none means that the plan is sound. With
 * `artifacts` it also checks that what a rollout goes to is one of them.
 */
export function lintPlan(plan: Plan, ranch: Ranch, artifacts?: readonly Artifact[]): readonly string[] {
  return [
    ...(verifyPlan(plan) ? [] : ['the hash is not that of the plan: it was changed after it was made']),
    ...(plan.ranch === ranch.name ? [] : [`the plan is for ranch ${plan.ranch}, this is ${ranch.name}`]),
    ...lintHosts(plan, ranch),
    ...lintWaves(plan),
    ...lintZones(plan, ranch),
    ...lintOrder(plan, ranch),
    ...lintUnits(plan, artifacts),
  ];
}
