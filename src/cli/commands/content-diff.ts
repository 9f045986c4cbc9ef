import { diffContent, sideOf } from '../../app/content/diff.ts';
import { EXIT } from '../../domain/errors.ts';
import { diffLines } from '../../views/content-lines.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withMaintenance } from '../maintaining.ts';

interface Flags {
  readonly phext?: string;
  readonly exitCode?: boolean;
}

/** `ranch content diff A B --phext NAME`: the scrolls that two hosts, or a host and a file, do not share. */
const command: Command<Flags> = (door, [left = '', right = ''], { phext = '', exitCode = false }) =>
  withMaintenance(door, async (context) => {
    const sides = [sideOf(context.ranch, left), sideOf(context.ranch, right)] as const;
    const diff = await diffContent(context, sides, phext);
    const names = { before: diff.before.name, after: diff.after.name };
    door.print(
      door.options.json
        ? [jsonLine({ type: 'content-diff', phext, ...diff })]
        : diffLines(names, diff.differences, door.view),
    );
    return exitCode && diff.differences.length > 0 ? EXIT.drift : EXIT.ok;
  });

export default command;
