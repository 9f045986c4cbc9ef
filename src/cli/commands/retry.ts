import { makePlan } from '../../app/make-plan.ts';
import { oneAtATime } from '../../app/one-at-a-time.ts';
import type { Workspace } from '../../app/workspace.ts';
import { EXIT, type ExitCode, RanchError, type Trouble } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan.ts';
import { hasEnded } from '../../domain/rollout.ts';
import { troublesText } from '../../views/trouble-text.ts';
import { carryOut } from '../carry-out.ts';
import type { Command, Door } from '../door.ts';
import { planOptions, type RolloutFlags } from '../plan-options.ts';
import { whichRollout } from '../which-rollout.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags extends Pick<RolloutFlags, 'include'> {
  readonly yes?: boolean;
}

/** The hosts among these that the inventory still names; the others are told. Throws `no-such-host` where none is left. */
function stillNamed(door: Door, { ranch }: Workspace, hosts: readonly string[]): readonly string[] {
  const named = new Set<string>(ranch.hosts.map(({ name }) => name));
  const gone = hosts.filter((host) => !named.has(host));
  if (gone.length === 0) return hosts;
  const trouble: Trouble = {
    code: 'no-such-host',
    place: gone.join(', '),
    message: 'the inventory does not name it any more',
    remedy: 'Name it there again, under this name, should it be retried.',
  };
  if (gone.length === hosts.length) throw new RanchError(trouble);
  door.warn(troublesText([trouble], door.talk));
  return hosts.filter((host) => named.has(host));
}

/** A host of a rollout that failed, and where SQ does not even run now, is no success of its retry. */
function retryExit(exit: ExitCode, { excluded }: Plan): ExitCode {
  const down = excluded.some(({ state }) => state === 'stopped');
  return exit === EXIT.ok && down ? EXIT.failed : exit;
}

/** `ranch retry [ROLLOUT]`: a new rollout, with the same options, for the hosts of one that did not end well. */
const command: Command<Flags> = (door, [which], flags) =>
  withWorkspace(door, async (workspace) => {
    await oneAtATime(workspace);
    const id = await whichRollout(workspace, which, ({ status }) => hasEnded(status), 'that ended');
    const { plan, units } = (await workspace.store()).showRollout(id);
    const bad = units.filter(({ outcome }) => outcome !== 'changed' && outcome !== 'unchanged');
    const hosts = [...new Set(bad.map(({ host }) => host))];
    if (hosts.length === 0) {
      door.say([`Every host of ${id} ended well: nothing to retry.`]);
      return EXIT.ok;
    }
    const next = await makePlan(workspace, plan.purpose, plan.target, {
      ...plan.options,
      ...planOptions(flags),
      hosts: stillNamed(door, workspace, hosts),
      tags: [],
    });
    return retryExit(await carryOut(door, workspace, next, flags), next.plan);
  });

export default command;
