import type { PlannedInstance } from '../domain/plan.ts';

/**
 * The phext an instance is there for: what the inventory says, else the only one it has. Undefined when that cannot
 * be told: then nothing is asked that could evict what SQ holds.
 */
export function primaryPhext(instance: PlannedInstance, names: readonly string[]): string | undefined {
  if (instance.phext !== undefined) return instance.phext;
  return names.length === 1 ? names[0] : undefined;
}
