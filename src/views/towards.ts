import type { Version } from '../domain/brand.ts';
import type { Plan } from '../domain/plan.ts';

/** What a rollout is, and where it leads: a rollback's target is the release it takes back. */
export function towards({
  purpose,
  target,
}: {
  readonly purpose: Plan['purpose'];
  readonly target: Version;
}): { readonly what: string; readonly way: string } {
  return purpose === 'rollback'
    ? { what: 'Rollback', way: `from SQ ${target}` }
    : { what: 'Rollout', way: `to SQ ${target}` };
}
