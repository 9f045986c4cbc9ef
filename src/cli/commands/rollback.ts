import { makePlan } from '../../app/make-plan.ts';
import { inventoryTarget } from '../../app/target.ts';
import { RanchError } from '../../domain/errors.ts';
import { carryOut } from '../carry-out.ts';
import type { Command } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags extends RolloutFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `ranch rollback`: every host back to the release it had confirmed before, without a canary. */
const command: Command<Flags> = (door, _args, flags) =>
  withWorkspace(door, async (workspace) => {
    const last = (await workspace.store()).listRollouts(100).find(({ purpose }) => purpose === 'rollout');
    const target = last?.target ?? (await inventoryTarget(workspace))?.version;
    if (target === undefined) {
      throw new RanchError({
        code: 'no-such-rollout',
        place: workspace.stateDir,
        message: 'holds no rollout that could be taken back',
        remedy: 'Name a target in the inventory, or roll out first.',
      });
    }
    const { plan } = await makePlan(workspace, 'rollback', target, planOptions(flags));
    return carryOut(door, workspace, plan, flags);
  });

export default command;
