import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../../app/system.ts';
import { EXIT, type ExitCode } from '../../domain/errors.ts';
import { demoRanch } from '../../lab/demo-ranch.ts';
import type { Lab } from '../../lab/lab.ts';
import { sweepStaleLabs } from '../../lab/lab-claim.ts';
import { startLab } from '../../lab/start-lab.ts';
import type { Command, Door } from '../door.ts';

const VERSION = '0.5.2';
const PREFIX = 'ranch-lab-';

/** Every command of the demonstration, as a user would type it. */
function script(lab: Lab): readonly (readonly string[])[] {
  return [
    ['artifact', 'add', lab.artifacts.get(VERSION) ?? '', '--version', VERSION],
    ['sweep'],
    ['rollout', `v${VERSION}`, '--yes', '--bake', '2'],
    ['sweep'],
  ];
}

const NEXT = [
  'That was the main job on seven hosts of an embedded ranch; nothing of it is left running.',
  'To try things yourself:            npx ranch lab up        (then, in another terminal, what it prints)',
  'On your own hosts:                 npx ranch init, then trust, sweep, artifact build, plan, rollout',
  'What a rollout did, step by step:  npx ranch show',
];

async function play(door: Door, lab: Lab): Promise<ExitCode> {
  const global = ['-i', lab.ranchFile, '--state', lab.stateDir, '--ssh-config', 'none'];
  for (const words of script(lab)) {
    door.say(['', `$ ranch ${words.join(' ')}`]);
    const code = await door.run([...words, ...global]);
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

/** `ranch lab demo`: brings the embedded ranch up, sweeps, rolls out, sweeps again, and takes it down. */
const command: Command<object> = async (door) => {
  const root = await mkdtemp(join(tmpdir(), PREFIX));
  door.say(['Bringing up seven hosts on loopback, SQ 0.5.1 on most of them ...']);
  try {
    await sweepStaleLabs(tmpdir());
    const lab = await startLab({ dir: root, hosts: demoRanch(), random: systemRandom });
    const letGo = door.io.onInterrupt(() => undefined);
    try {
      const code = await play(door, lab);
      if (code === EXIT.ok) door.print(['', ...NEXT]);
      return code;
    } finally {
      letGo();
      await lab.close();
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

export default command;
