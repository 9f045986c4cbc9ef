import { resolve } from 'node:path';
import { EXIT } from '../../domain/errors.ts';
import { takeDown } from '../../lab/lab-state.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';

const WORDS = {
  up: 'The lab is down; its files stay.',
  stale: 'The process of the lab had died; what it left running was ended.',
  down: 'No lab was up.',
} as const;

/** `ranch lab down`: ends the process that keeps the embedded ranch, and with it all that it runs. */
const command: Command<{ readonly dir: string }> = async (door, _args, { dir }) => {
  const place = resolve(dir);
  const { kind } = await takeDown(place);
  if (door.options.json) door.print([jsonLine({ type: 'lab', dir: place, up: false, was: kind })]);
  door.say([WORDS[kind]]);
  return EXIT.ok;
};

export default command;
