import { readFile } from 'node:fs/promises';
import { askedRollout } from '../../app/asked-rollout.ts';
import { checkPlan, makePlan, type Planned } from '../../app/make-plan.ts';
import { oneAtATime } from '../../app/one-at-a-time.ts';
import type { SweepOptions } from '../../app/sweep.ts';
import type { Workspace } from '../../app/workspace.ts';
import { RanchError } from '../../domain/errors.ts';
import { carryOut } from '../carry-out.ts';
import type { Command } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { oneOfThem, rolloutSource } from '../rollout-source.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags extends RolloutFlags {
  readonly plan?: string;
  readonly playbook?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly mesh?: boolean;
}

async function savedPlan(workspace: Workspace, file: string, looking: SweepOptions): Promise<Planned> {
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
  return checkPlan(workspace, json, file, looking);
}

const COMMAND = 'ranch rollout';
const SOURCES = 'a version, a saved plan or a playbook';

/** `ranch rollout VERSION | --plan FILE | --playbook FILE`: the main job. */
const command: Command<Flags> = (door, [version], flags) =>
  withWorkspace(door, async (workspace) => {
    const { plan, playbook, dryRun = false } = flags;
    const looking = { keep: !dryRun };
    if (plan !== undefined) {
      if (version !== undefined || playbook !== undefined) throw oneOfThem(COMMAND, SOURCES);
      if (!dryRun) await oneAtATime(workspace);
      return carryOut(door, workspace, await savedPlan(workspace, plan, looking), flags);
    }
    const source = rolloutSource(COMMAND, SOURCES, version, playbook);
    if (!dryRun) await oneAtATime(workspace);
    const asked = await askedRollout(source, planOptions(flags));
    const planned = await makePlan(workspace, 'rollout', asked.version, asked.options, looking);
    return carryOut(door, workspace, planned, flags);
  });

export default command;
