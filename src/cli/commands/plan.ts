import { writeFile } from 'node:fs/promises';
import { makePlan } from '../../app/make-plan.ts';
import { versionOf } from '../../app/target.ts';
import { EXIT } from '../../domain/errors.ts';
import { planJson, planText } from '../../views/plan-text.ts';
import type { Command } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { warnUnreached } from '../warn-unreached.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch plan VERSION`: looks, and shows what a rollout would do and why. Changes no host. */
const command: Command<RolloutFlags & { readonly output?: string }> = (door, [version = ''], flags) =>
  withWorkspace(door, async (workspace) => {
    const { plan, swept } = await makePlan(workspace, 'rollout', versionOf(version), planOptions(flags));
    const now = workspace.clock.now();
    if (door.options.json) door.print([planJson(plan)]);
    else door.print(planText(plan, { ...door.view, now }));
    warnUnreached(door, workspace.ranch, swept.observations.values());
    if (flags.output !== undefined) {
      await writeFile(flags.output, `${planJson(plan)}\n`);
      door.say([`Saved as ${flags.output}; carry it out with: ranch rollout --plan ${flags.output}`]);
    }
    return EXIT.ok;
  });

export default command;
