import { ArtifactStore } from '../../app/artifacts/artifact-store.ts';
import { buildArtifact } from '../../app/artifacts/build-artifact.ts';
import { versionOf } from '../../app/target.ts';
import { EXIT, RanchError } from '../../domain/errors.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { visible } from '../../views/visible.ts';
import type { Command } from '../door.ts';
import { tellAdded } from '../tell-added.ts';
import { withWorkspace } from '../with-workspace.ts';

/** cargo compiles SQ in half a minute on a desk, and in a quarter of an hour on a small board. */
const BUILD_DEADLINE_MS = 3_600_000;

interface Flags {
  readonly locked?: boolean;
  readonly on?: string;
  readonly replace?: boolean;
}

/** `ranch artifact build VERSION`: with cargo, here or `--on` a host, and registered like any other. */
const command: Command<Flags> = (door, [version = ''], { locked = false, on, replace }) =>
  withWorkspace(door, async (workspace) => {
    const common = {
      version: versionOf(version),
      locked,
      env: process.env,
      store: new ArtifactStore(workspace.stateDir),
      lockFile: workspace.lockFile,
      say: (line: string) => door.say([visible(line)]),
      ...(replace ? { replace } : {}),
    };
    if (on === undefined) {
      tellAdded(door, await buildArtifact(common));
      return EXIT.ok;
    }
    const [spec] = selectHosts(workspace.ranch, { hosts: [on] });
    if (!spec) {
      throw new RanchError({ code: 'no-such-host', place: on, message: 'is no host', remedy: 'Name one.' });
    }
    const transport = await workspace.transport();
    const added = await transport.withShell(
      spec,
      (shell) => buildArtifact({ ...common, on: { host: spec.name, shell } }),
      { deadlineMs: BUILD_DEADLINE_MS },
    );
    tellAdded(door, added);
    return EXIT.ok;
  });

export default command;
