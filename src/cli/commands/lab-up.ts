import { resolve } from 'node:path';
import { systemRandom } from '../../app/system.ts';
import { EXIT, RanchError } from '../../domain/errors.ts';
import { demoRanch } from '../../lab/demo-ranch.ts';
import { startLab } from '../../lab/start-lab.ts';
import type { Command, Door } from '../door.ts';
import { realPrograms } from '../real-programs.ts';

interface Flags {
  readonly dir: string;
  readonly real?: boolean;
}

function untilInterrupted(door: Door): Promise<void> {
  return new Promise((done) => {
    const letGo = door.io.onInterrupt(() => {
      letGo();
      done();
    });
  });
}

/** `ranch lab up`: the embedded ranch, up until Ctrl-C. */
const command: Command<Flags> = async (door, _args, { dir, real }) => {
  const programs = real ? { real: await realPrograms(door) } : {};
  const lab = await startLab({ dir: resolve(dir), hosts: demoRanch(), random: systemRandom, ...programs });
  try {
    const artifact = lab.artifacts.get('0.5.2');
    if (artifact === undefined) {
      throw new RanchError({ code: 'internal', place: dir, message: 'no 0.5.2', remedy: 'Report this.' });
    }
    door.print([
      `export RANCH_INVENTORY=${lab.ranchFile} RANCH_STATE=${lab.stateDir} RANCH_SSH_CONFIG=none`,
      `ranch artifact add ${artifact} --version 0.5.2`,
      'ranch sweep',
      'ranch rollout v0.5.2',
    ]);
    door.say(['The lab is up; press Ctrl-C to take it down. In another terminal, type the lines above.']);
    await untilInterrupted(door);
    return EXIT.ok;
  } finally {
    await lab.close();
  }
};

export default command;
