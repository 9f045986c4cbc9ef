import type { Executed } from '../app/execute-plan.ts';
import { rolloutExit } from '../app/exit-codes.ts';
import type { ExitCode } from '../domain/errors.ts';
import { jsonLine } from '../views/json-lines.ts';
import { rolloutSummary } from '../views/rollout-summary.ts';
import type { Door } from './door.ts';

/** The last words of a rollout, and what to do next. */
export function finish(door: Door, executed: Executed): ExitCode {
  const { detail } = executed;
  if (door.options.json) {
    door.print([jsonLine({ type: 'rollout', ...detail.rollout, units: detail.units })]);
  } else {
    door.print(rolloutSummary(detail, { ...door.view, now: Date.now() }));
  }
  return rolloutExit(executed);
}
