import { startRollout } from '../app/execute-plan.ts';
import { planExit } from '../app/exit-codes.ts';
import type { Planned } from '../app/make-plan.ts';
import type { Workspace } from '../app/workspace.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import { planJson, planText } from '../views/plan-text.ts';
import { agree } from './agree.ts';
import type { Door } from './door.ts';
import { finish } from './finish.ts';
import { watched } from './live.ts';
import { warnUnreached } from './warn-unreached.ts';

/** Shows a plan, asks for a yes, carries it out, and looks at the mesh afterwards where that was asked for. */
export async function carryOut(
  door: Door,
  workspace: Workspace,
  { plan, swept }: Planned,
  flags: { readonly dryRun?: boolean; readonly yes?: boolean; readonly mesh?: boolean },
): Promise<ExitCode> {
  const now = workspace.clock.now();
  if (door.options.json) door.print([planJson(plan)]);
  else if (flags.dryRun) door.print(planText(plan, { ...door.view, now }));
  else door.say(planText(plan, { ...door.talk, now }));
  warnUnreached(door, workspace.ranch, swept.observations.values());
  if (flags.dryRun) return EXIT.ok;
  if (plan.waves.length === 0) return planExit(plan);
  const question = plan.acknowledgements.length > 0 ? 'Do it, and accept what is named above?' : 'Do it?';
  if (!(await agree(door, question, flags.yes ?? false))) {
    door.say(['Nothing was done.']);
    return EXIT.ok;
  }
  const executed = await watched(door, { plan }, (watching) => startRollout(workspace, plan, watching));
  const exit = finish(door, executed);
  if (!flags.mesh || executed.end.kind === 'paused') return exit;
  const { tellMesh } = await import('./tell-mesh.ts');
  const mesh = await tellMesh(door, workspace, workspace.ranch.hosts, 'reach');
  return exit === EXIT.ok ? mesh : exit;
}
