import { RanchError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import { planSchema } from './plan-schema.ts';
import { verifyPlan } from './seal.ts';

/**
 * Takes parsed JSON for a plan: every member is checked, then the hash. Throws `plan-invalid` with the first place
 * that is wrong. What the plan means for this ranch is for `lintPlan`, and whether it still holds for `stalePlan`.
 */
export function parsePlan(json: unknown, place = 'plan'): Plan {
  const parsed = planSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.map(String).join('.') ?? '';
    throw invalid(where === '' ? place : `${place}: ${where}`, issue?.message ?? 'is not a plan');
  }
  if (!verifyPlan(parsed.data))
    throw invalid(place, 'the hash is not that of the plan: the file was changed');
  return parsed.data;
}

function invalid(place: string, message: string): RanchError {
  return new RanchError({
    code: 'plan-invalid',
    place,
    message,
    remedy: 'Make the plan again with `ranch plan VERSION -o FILE`, and do not edit it.',
  });
}
