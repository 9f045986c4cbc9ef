import { ArtifactStore } from '../../app/artifacts/artifact-store.ts';
import { listArtifacts } from '../../app/artifacts/list-artifacts.ts';
import { EXIT } from '../../domain/errors.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { showBytes } from '../../views/quantity.ts';
import { table } from '../../views/table.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

const COLUMNS = [
  { title: 'VERSION', keep: 5 },
  { title: 'PLATFORM', keep: 4 },
  { title: 'SHA256', keep: 3 },
  { title: 'SIZE', keep: 1, align: 'right' as const },
  { title: 'HERE', keep: 2 },
  { title: 'ORIGIN', keep: 0 },
];

/** `ranch artifact list`: what `ranch.lock` pins, and whether the binary is here. */
const command: Command<object> = (door) =>
  withWorkspace(door, async (workspace) => {
    const listed = await listArtifacts(workspace.lockFile, new ArtifactStore(workspace.stateDir));
    if (door.options.json) {
      door.print(listed.map(({ artifact, present }) => jsonLine({ type: 'artifact', ...artifact, present })));
      return EXIT.ok;
    }
    if (listed.length === 0)
      door.say(['No binary is pinned yet: ranch artifact add, or ranch artifact build']);
    const rows = listed.map(({ artifact: a, present }) =>
      [
        a.version,
        a.platform,
        a.sha256.slice(0, 12),
        showBytes(a.bytes),
        present ? 'yes' : 'no',
        a.origin,
      ].map((text) => [text]),
    );
    if (rows.length > 0) door.print(table(COLUMNS, rows, door.view));
    return EXIT.ok;
  });

export default command;
