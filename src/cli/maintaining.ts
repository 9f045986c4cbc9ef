import { knownVersions } from '../app/known-versions.ts';
import { lookAfter } from '../app/look-after.ts';
import { hostNamed, type MaintainContext } from '../app/maintain/context.ts';
import type { MaintainOutcome } from '../app/maintain/outcome.ts';
import type { Performance } from '../app/maintain/perform.ts';
import type { Workspace } from '../app/workspace.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import { dependentsLines } from '../views/dependents-lines.ts';
import { jsonLine } from '../views/json-lines.ts';
import { renderLine } from '../views/line.ts';
import type { Command, Door, Io } from './door.ts';
import { withWorkspace } from './with-workspace.ts';

/** Opens what maintaining a host needs, and closes it whatever happens. */
export function withMaintenance(
  door: Door,
  use: (context: MaintainContext, workspace: Workspace) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withWorkspace(door, async (workspace) => {
    const { ranch, clock, random, stateDir } = workspace;
    const known = await knownVersions(workspace);
    return use({ ranch, clock, random, stateDir, known, transport: await workspace.transport() }, workspace);
  });
}

/**
 * Does what changes a host. The first Ctrl-C lets it end, for the lease that it holds would keep everybody out until it
 * runs out; the second ends ranch.
 */
export async function finishing<T>(
  door: Pick<Door, 'say'> & { readonly io: Pick<Io, 'onInterrupt'> },
  change: () => Promise<T>,
): Promise<T> {
  const letGo = door.io.onInterrupt(() => {
    letGo();
    door.say(['Finishing what is begun on the host; press Ctrl-C again to stop at once.']);
  });
  try {
    return await change();
  } finally {
    letGo();
  }
}

/** What came of a stop, start or restart: a line an instance, and one for each unit that needs it. */
function tellMaintained(door: Door, { host, instances }: MaintainOutcome): ExitCode {
  for (const instance of instances) {
    if (door.options.json) {
      door.print([jsonLine({ type: 'instance', host, ...instance })]);
      continue;
    }
    const down = instance.downMs > 0 ? `, down for ${instance.downMs} ms` : '';
    const lines = [`${host}:${instance.port} ${instance.state}${down}`, ...dependentsLines(instance)];
    door.print(lines.map((line) => renderLine([line], door.view)));
  }
  return instances.some(({ stillDown }) => stillDown.length > 0) ? EXIT.failed : EXIT.ok;
}

interface ActFlags extends Omit<Performance, 'ports'> {
  readonly port?: readonly number[];
}

type Act = (context: MaintainContext, host: string, wish: Performance) => Promise<MaintainOutcome>;

/** A command that acts on one host's instances: `ranch stop HOST`, `start`, `restart`. */
export function actCommand(act: Act): Command<ActFlags> {
  return (door, [host = ''], { port, ...wish }) =>
    withMaintenance(door, async (context, workspace) => {
      const outcome = await finishing(door, () =>
        act(context, host, { ...wish, ...(port ? { ports: port } : {}) }),
      );
      await lookAfter(workspace, new Set([hostNamed(context.ranch, host).name]));
      return tellMaintained(door, outcome);
    });
}
