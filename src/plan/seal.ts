import { createHash } from 'node:crypto';
import type { Plan, PlanHash } from '../domain/plan.ts';

/** A plan before it has its hash. */
export type UnsealedPlan = Omit<Plan, 'hash'>;

/** JSON with sorted keys, without white space and without undefined members: one text for one value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
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
