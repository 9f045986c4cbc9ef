import { RanchError } from '../domain/errors.ts';
import type { OnFailure, PlanOptions } from '../domain/plan.ts';
import { parseShare, type Share } from '../domain/share.ts';

/** What commander gives for the options of `plan` and `rollout`. */
export interface RolloutFlags {
  readonly hosts?: readonly string[];
  readonly tags?: readonly string[];
  readonly canary?: string;
  readonly maxParallel?: number;
  readonly budget?: string;
  readonly bake?: number;
  readonly deadman?: number;
  readonly onFailure?: OnFailure;
  readonly include?: readonly string[];
}

function shareOf(name: string, text: string): Share {
  const share = parseShare(text);
  if (share) return share;
  throw new RanchError({
    code: 'usage',
    place: `--${name} ${text}`,
    message: 'is no number of hosts',
    remedy: 'Give a whole number or a percentage: 2 or 25%.',
  });
}

function included(states: readonly string[]): PlanOptions['include'] {
  return states.map((state) => {
    if (state === 'stopped' || state === 'ahead') return state;
    throw new RanchError({
      code: 'usage',
      place: `--include ${state}`,
      message: 'is no state that can be taken in',
      remedy: 'Use stopped, ahead, or both.',
    });
  });
}

/** The options of a plan that the user gave; the rest are the defaults. Throws `usage`. */
export function planOptions(flags: RolloutFlags): Partial<PlanOptions> {
  return {
    ...(flags.hosts ? { hosts: flags.hosts } : {}),
    ...(flags.tags ? { tags: flags.tags } : {}),
    ...(flags.canary === undefined ? {} : { canary: shareOf('canary', flags.canary) }),
    ...(flags.maxParallel === undefined ? {} : { maxParallel: flags.maxParallel }),
    ...(flags.budget === undefined ? {} : { budget: shareOf('budget', flags.budget) }),
    ...(flags.bake === undefined ? {} : { bakeSeconds: flags.bake }),
    ...(flags.deadman === undefined ? {} : { deadmanSeconds: flags.deadman }),
    ...(flags.onFailure ? { onFailure: flags.onFailure } : {}),
    ...(flags.include ? { include: included(flags.include) } : {}),
  };
}
