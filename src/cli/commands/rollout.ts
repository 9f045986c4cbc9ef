import { readFile } from 'node:fs/promises';
import { checkPlan, makePlan, type Planned } from '../../app/make-plan.ts';
import { oneAtATime } from '../../app/one-at-a-time.ts';
import { versionOf } from '../../app/target.ts';
import type { Workspace } from '../../app/workspace.ts';
import { RanchError } from '../../domain/errors.ts';
import { carryOut } from '../carry-out.ts';
import type { Command } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags extends RolloutFlags {
  readonly plan?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

async function savedPlan(workspace: Workspace, file: string): Promise<Planned> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new RanchError(
      {
        code: 'plan-invalid',
        place: file,
        message: error instanceof SyntaxError ? 'is not a saved plan' : 'cannot be read',
        remedy: 'Save one with `ranch plan VERSION -o FILE`.',
      },
      { cause: error },
    );
  }
  return checkPlan(workspace, json, file);
}

/** `ranch rollout VERSION | --plan FILE`: the main job. */
const command: Command<Flags> = (door, [version], flags) =>
  withWorkspace(door, async (workspace) => {
    if ((version === undefined) === (flags.plan === undefined)) {
      throw new RanchError({
        code: 'usage',
        place: 'ranch rollout',
        message: 'takes a version or a saved plan, one of them',
        remedy: 'For example: ranch rollout v0.5.2, or ranch rollout --plan FILE',
      });
    }
    if (!flags.dryRun) await oneAtATime(workspace);
    const planned =
      version === undefined
        ? await savedPlan(workspace, flags.plan ?? '')
        : await makePlan(workspace, 'rollout', versionOf(version), planOptions(flags));
    return carryOut(door, workspace, planned, flags);
  });

export default command;
