import { writeFile } from 'node:fs/promises';
import { askedRollout } from '../../app/asked-rollout.ts';
import { makePlan } from '../../app/make-plan.ts';
import { EXIT } from '../../domain/errors.ts';
import { planJson, planText } from '../../views/plan-text.ts';
import type { Command } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { rolloutSource } from '../rollout-source.ts';
import { warnUnreached } from '../warn-unreached.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags extends RolloutFlags {
  readonly playbook?: string;
  readonly output?: string;
}

/** `ranch plan VERSION | --playbook FILE`: looks, and shows what a rollout would do and why. Changes no host. */
const command: Command<Flags> = (door, [version], flags) =>
  withWorkspace(door, async (workspace) => {
    const source = rolloutSource('ranch plan', 'a version or a playbook', version, flags.playbook);
    const asked = await askedRollout(source, planOptions(flags));
    const { plan, swept } = await makePlan(workspace, 'rollout', asked.version, asked.options);
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
