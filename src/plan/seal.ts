import { createHash } from 'node:crypto';
import type { Plan, PlanHash } from '../domain/plan.ts';

/** A plan before it has its hash. */
export type UnsealedPlan = Omit<Plan, 'hash'>;

/** The value with the members of every object in sorted order; what is written in order is printed in order. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const members: Readonly<Record<string, unknown>> = { ...value };
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(members).sort()) sorted[key] = inOrder(members[key]);
  return sorted;
}

/** JSON with sorted keys, without white space and without undefined members: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value)) ?? 'null';
}

/** sha256 of the canonical JSON of a plan without its hash: 64 hex digits. */
export function hashPlan(plan: UnsealedPlan): PlanHash {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex') as PlanHash;
}

/** The plan with its hash. It must not be changed afterwards. */
export function sealPlan(plan: UnsealedPlan): Plan {
  return { ...plan, hash: hashPlan(plan) };
}

/** Whether a plan is what its hash says. The hash finds accidents and edits; it is no signature. */
export function verifyPlan(plan: Plan): boolean {
  const { hash, ...rest } = plan;
  return hashPlan(rest) === hash;
}
