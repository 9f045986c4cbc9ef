import type { Version } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { PlanOptions } from '../domain/plan.ts';
import { loadPlaybook } from '../inventory/load-playbooks.ts';
import { playbookOptions } from './playbook-options.ts';
import { versionOf } from './target.ts';

/** What a plan is to be made for. */
export interface AskedRollout {
  readonly version: Version;
  readonly options: Partial<PlanOptions>;
}

/** Where the version comes from: the command line, or a playbook of kind `rollout`. */
export type Source = { readonly version: string } | { readonly playbook: string };

/**
 * The rollout that a person asked for. A playbook's options are defaults: what was given on the command line comes first.
 * Throws `version-invalid`, `playbook-invalid`, `usage`.
 */
export async function askedRollout(source: Source, given: Partial<PlanOptions>): Promise<AskedRollout> {
  if ('version' in source) return { version: versionOf(source.version), options: given };
  const playbook = await loadPlaybook(source.playbook);
  if (playbook.kind !== 'rollout') {
    throw new RanchError({
      code: 'usage',
      place: playbook.file,
      message: `is a playbook of kind ${playbook.kind}, and not of kind rollout`,
      remedy:
        playbook.kind === 'sweep'
          ? 'A sweep is run by `ranch sweep`, and by `ranch daemon` at its times.'
          : 'Name a playbook of kind rollout.',
    });
  }
  return { version: versionOf(playbook.version), options: { ...playbookOptions(playbook), ...given } };
}
