import { addArtifact } from '../../app/artifacts/add-artifact.ts';
import { ArtifactStore } from '../../app/artifacts/artifact-store.ts';
import { versionOf } from '../../app/target.ts';
import { EXIT } from '../../domain/errors.ts';
import type { Command } from '../door.ts';
import { tellAdded } from '../tell-added.ts';
import { withWorkspace } from '../with-workspace.ts';

interface Flags {
  readonly version: string;
  readonly platform?: string;
  readonly run: boolean;
  readonly replace?: boolean;
}

/** `ranch artifact add FILE --version V`: registers a binary and pins its sha256 in `ranch.lock`. */
const command: Command<Flags> = (door, [file = ''], { version, platform, run, replace }) =>
  withWorkspace(door, async (workspace) => {
    const added = await addArtifact({
      file,
      version: versionOf(version),
      run,
      store: new ArtifactStore(workspace.stateDir),
      lockFile: workspace.lockFile,
      ...(platform ? { platform } : {}),
      ...(replace ? { replace } : {}),
    });
    tellAdded(door, added);
    return EXIT.ok;
  });

export default command;
