import { RanchError } from '../domain/errors.ts';
import type { OnFailure, PlanOptions } from '../domain/plan.ts';
import type { RolloutPlaybook } from '../domain/playbook.ts';
import { parseShare, type Share } from '../domain/share.ts';

type Value = RolloutPlaybook['options'][string];

const ON_FAILURE: readonly OnFailure[] = ['host', 'wave', 'all', 'pause'];

/** The inventory room has checked the file; this one holds for playbooks that came another way. */
function unfit(playbook: RolloutPlaybook, name: string, value: Value): RanchError {
  return new RanchError({
    code: 'playbook-invalid',
    place: playbook.file,
    message: `options.${name} cannot be ${JSON.stringify(value)}`,
    remedy: 'Correct the file and run `ranch check`; nothing was touched.',
  });
}

function shareOf(playbook: RolloutPlaybook, name: string, value: Value): Share {
  const share = typeof value === 'boolean' ? undefined : parseShare(value);
  if (share) return share;
  throw unfit(playbook, name, value);
}

function numberOf(playbook: RolloutPlaybook, name: string, value: Value): number {
  if (typeof value === 'number') return value;
  throw unfit(playbook, name, value);
}

function option(playbook: RolloutPlaybook, name: string, value: Value): Partial<PlanOptions> {
  switch (name) {
    case 'canary':
    case 'budget':
      return { [name]: shareOf(playbook, name, value) };
    case 'maxParallel':
    case 'bakeSeconds':
    case 'deadmanSeconds':
      return { [name]: numberOf(playbook, name, value) };
    case 'onFailure': {
      const onFailure = ON_FAILURE.find((one) => one === value);
      if (onFailure) return { onFailure };
      throw unfit(playbook, name, value);
    }
    default:
      throw unfit(playbook, name, value);
  }
}

/** What a rollout playbook says of its plan; the rest are the defaults. Throws `playbook-invalid`. */
export function playbookOptions(playbook: RolloutPlaybook): Partial<PlanOptions> {
  const { hosts, tags } = playbook;
  let all: Partial<PlanOptions> = { hosts, tags };
  for (const [name, value] of Object.entries(playbook.options)) {
    all = { ...all, ...option(playbook, name, value) };
  }
  return all;
}
