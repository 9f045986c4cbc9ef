import { resolve } from 'node:path';
import { EXIT } from '../../domain/errors.ts';
import { labState } from '../../lab/lab-state.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { tellLab } from '../lab-words.ts';

/** `ranch lab status`: whether the embedded ranch is up, and how to reach it. */
const command: Command<{ readonly dir: string }> = async (door, _args, { dir }) => {
  const place = resolve(dir);
  const state = await labState(place);
  if (state.kind === 'up') {
    tellLab(door, place, state.pid);
    door.say([`The lab is up, kept by process ${state.pid}.`]);
    return EXIT.ok;
  }
  if (door.options.json) door.print([jsonLine({ type: 'lab', dir: place, up: false })]);
  const died = state.kind === 'stale' ? ': its process died; `ranch lab down` clears what it left' : '';
  door.say([`No lab is up in ${place}${died}.`]);
  return EXIT.ok;
};

export default command;
