import { ArtifactStore } from '../../app/artifacts/artifact-store.ts';
import { verifyArtifacts } from '../../app/artifacts/verify-artifacts.ts';
import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch artifact verify`: every pinned binary is here, whole, and fits its platform. */
const command: Command<object> = (door) =>
  withWorkspace(door, async (workspace) => {
    const states = await verifyArtifacts(workspace.lockFile, new ArtifactStore(workspace.stateDir));
    door.print(
      states.map((state) =>
        door.options.json
          ? jsonLine({ type: 'artifact-state', ...state })
          : `${state.state}  ${state.version}  ${state.platform}  ${state.sha256}  ${state.detail}`.trimEnd(),
      ),
    );
    return states.every(({ state }) => state === 'ok') ? EXIT.ok : EXIT.failed;
  });

export default command;
