import { knownVersions } from '../app/known-versions.ts';
import type { MaintainContext } from '../app/maintain/context.ts';
import type { MaintainOutcome } from '../app/maintain/outcome.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import { jsonLine } from '../views/json-lines.ts';
import { renderLine } from '../views/line.ts';
import type { Door } from './door.ts';
import { withWorkspace } from './with-workspace.ts';

/** Opens what maintaining a host needs, and closes it whatever happens. */
export function withMaintenance(
  door: Door,
  use: (context: MaintainContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withWorkspace(door, async (workspace) => {
    const { ranch, clock, random, stateDir } = workspace;
    const known = await knownVersions(workspace);
    return use({ ranch, clock, random, stateDir, known, transport: await workspace.transport() });
  });
}

/** What came of a stop, start or restart: a line an instance. */
export function tellMaintained(door: Door, { host, instances }: MaintainOutcome): ExitCode {
  door.print(
    instances.map((instance) =>
      door.options.json
        ? jsonLine({ type: 'instance', host, ...instance })
        : renderLine(
            [
              `${host}:${instance.port} ${instance.state}${instance.downMs > 0 ? `, down for ${instance.downMs} ms` : ''}`,
            ],
            door.view,
          ),
    ),
  );
  return EXIT.ok;
}
