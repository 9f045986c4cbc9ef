import { join } from 'node:path';
import { jsonLine } from '../views/json-lines.ts';
import type { Door } from './door.ts';

/** The version the lab is upgraded to. */
export const LAB_TARGET = '0.5.2';

/** What the ordinary program is told to work with the lab in `dir`, and what to try there. */
export function tellLab(door: Door, dir: string, pid: number): void {
  const inventory = join(dir, 'inventory.yaml');
  const state = join(dir, 'state');
  const artifact = join(dir, 'artifacts', LAB_TARGET, 'sq');
  if (door.options.json) {
    const files = { inventory, state, sshConfig: 'none', artifact };
    door.print([jsonLine({ type: 'lab', dir, up: true, pid, ...files })]);
    return;
  }
  door.print([
    `export RANCH_INVENTORY=${quoted(inventory)} RANCH_STATE=${quoted(state)} RANCH_SSH_CONFIG=none`,
    `ranch artifact add ${quoted(artifact)} --version ${LAB_TARGET}`,
    'ranch sweep',
    `ranch rollout ${LAB_TARGET}`,
  ]);
}

/** A path as a shell reads it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
