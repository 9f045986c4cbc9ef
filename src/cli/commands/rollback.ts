import { makePlan } from '../../app/make-plan.ts';
import { oneAtATime } from '../../app/one-at-a-time.ts';
import { inventoryTarget } from '../../app/target.ts';
import type { Workspace } from '../../app/workspace.ts';
import type { Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import { carryOut } from '../carry-out.ts';
import type { Command } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags extends RolloutFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What is taken back: a release, and the hosts it is taken back on (none named: all). */
interface Taken {
  readonly target: Version;
  readonly hosts: readonly string[];
}

/** Only what that rollout changed goes back. */
async function ofRollout(workspace: Workspace, named: string): Promise<Taken> {
  const id = await whichRollout(workspace, named, () => true, '');
  const { rollout, units } = (await workspace.store()).showRollout(id);
  const hosts = [...new Set(units.filter(({ outcome }) => outcome === 'changed').map(({ host }) => host))];
  if (rollout.purpose === 'rollout' && hosts.length > 0) return { target: rollout.target, hosts };
  const isRollback = rollout.purpose === 'rollback';
  throw new RanchError({
    code: 'no-such-rollout',
    place: id,
    message: isRollback ? 'is itself a rollback' : 'changed no host, so there is nothing to take back',
    remedy: isRollback
      ? `To go forward again: \`ranch rollout ${rollout.target}\`.`
      : `\`ranch show ${id}\` tells what happened.`,
  });
}

/** The newest rollout's release, else the inventory's, on every host. */
async function newest(workspace: Workspace): Promise<Taken> {
  const last = (await workspace.store()).listRollouts(100).find(({ purpose }) => purpose === 'rollout');
  const target = last?.target ?? (await inventoryTarget(workspace))?.version;
  if (target !== undefined) return { target, hosts: [] };
  throw new RanchError({
    code: 'no-such-rollout',
    place: workspace.stateDir,
    message: 'holds no rollout that could be taken back',
    remedy: 'Name a target in the inventory, or roll out first.',
  });
}

/** `ranch rollback [ROLLOUT]`: hosts back to the release they had confirmed before, without a canary. */
const command: Command<Flags> = (door, [named], flags) =>
  withWorkspace(door, async (workspace) => {
    if (!flags.dryRun) await oneAtATime(workspace);
    const { target, hosts } =
      named === undefined ? await newest(workspace) : await ofRollout(workspace, named);
    const options = planOptions(flags);
    const planned = await makePlan(workspace, 'rollback', target, {
      ...options,
      hosts: narrowed(hosts, options.hosts),
    });
    return carryOut(door, workspace, planned, flags);
  });

/** Of the hosts a rollout changed, those the user names; where either names none, the other says. */
function narrowed(changed: readonly string[], wanted: readonly string[] = []): readonly string[] {
  if (changed.length === 0) return wanted;
  const both = wanted.length === 0 ? changed : changed.filter((host) => wanted.includes(host));
  if (both.length > 0) return both;
  throw new RanchError({
    code: 'no-such-host',
    place: '--hosts',
    message: 'names no host that this rollout changed',
    remedy: `It changed: ${changed.slice(0, 12).join(', ')}.`,
  });
}

export default command;
