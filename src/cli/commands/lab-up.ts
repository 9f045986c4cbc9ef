import { resolve } from 'node:path';
import { systemRandom } from '../../app/system.ts';
import { EXIT } from '../../domain/errors.ts';
import { demoRanch } from '../../lab/demo-ranch.ts';
import { startLab } from '../../lab/start-lab.ts';
import type { Command } from '../door.ts';
import { tellLab } from '../lab-words.ts';
import { realPrograms } from '../real-programs.ts';

interface Flags {
  readonly dir: string;
  readonly real?: boolean;
}

/** `ranch lab up`: the embedded ranch, up until Ctrl-C or `ranch lab down`. */
const command: Command<Flags> = async (door, _args, { dir, real }) => {
  const stopped = new AbortController();
  const letGo = door.io.onInterrupt(() => stopped.abort());
  try {
    const programs = real ? { real: await realPrograms(door) } : {};
    door.say(['Bringing up seven hosts on loopback ...']);
    const lab = await startLab({ dir: resolve(dir), hosts: demoRanch(), random: systemRandom, ...programs });
    try {
      tellLab(door, lab.dir, process.pid);
      door.say([
        'The lab is up. In another terminal, type the lines above (in a checkout `npx ranch` for `ranch`).',
        'Ctrl-C here takes it down.',
      ]);
      if (!stopped.signal.aborted) {
        await new Promise((done) => stopped.signal.addEventListener('abort', done, { once: true }));
      }
      door.say(['Taking the lab down ...']);
    } finally {
      await lab.close();
    }
    return EXIT.ok;
  } finally {
    letGo();
  }
};

export default command;
