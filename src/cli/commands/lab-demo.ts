import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../../app/system.ts';
import { EXIT, type ExitCode } from '../../domain/errors.ts';
import { demoRanch } from '../../lab/demo-ranch.ts';
import type { Lab } from '../../lab/lab.ts';
import { sweepStaleLabs } from '../../lab/lab-claim.ts';
import { startLab } from '../../lab/start-lab.ts';
import type { Command, Door, GlobalOptions } from '../door.ts';
import { LAB_TARGET as VERSION } from '../lab-words.ts';

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
  '',
  'That was the main job on seven hosts of an embedded ranch; nothing of it is left, on disk or running.',
  'Keep such a ranch up:    npx ranch lab up        it prints what to type in another terminal',
  'What to try there:       npx ranch show, history, status, rollback, hold, and the rest of --help',
  'On your own hosts:       npx ranch init, then trust, sweep, artifact build, plan, rollout',
];

/** How the demonstration was asked to talk, for the commands that it is made of. */
function manner({ json, plain, color, quiet, verbose }: GlobalOptions): readonly string[] {
  const flags: readonly (readonly [boolean, string])[] = [
    [json, '--json'],
    [plain, '--plain'],
    [!color, '--no-color'],
    [quiet, '--quiet'],
    [verbose, '--verbose'],
  ];
  return flags.flatMap(([on, flag]) => (on ? [flag] : []));
}

async function play(door: Door, lab: Lab, stopped: () => boolean): Promise<ExitCode> {
  const places = ['-i', lab.ranchFile, '--state', lab.stateDir, '--ssh-config', 'none'];
  for (const words of script(lab)) {
    if (stopped()) return EXIT.interrupted;
    door.say(['', `$ ranch ${words.join(' ')}`]);
    const code = await door.run([...words, ...places, ...manner(door.options)]);
    if (stopped()) return EXIT.interrupted;
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

/** Plays in a folder of its own, of which nothing is left afterwards, on disk or running. */
async function playOnce(door: Door, stopped: () => boolean): Promise<ExitCode> {
  const root = await mkdtemp(join(tmpdir(), PREFIX));
  try {
    await sweepStaleLabs(tmpdir());
    const lab = await startLab({ dir: root, hosts: demoRanch(), random: systemRandom });
    try {
      return await play(door, lab, stopped);
    } finally {
      await lab.close();
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** `ranch lab demo`: brings the embedded ranch up, sweeps, rolls out, sweeps again, and takes it down. */
const command: Command<object> = async (door) => {
  let stopped = false;
  const letGo = door.io.onInterrupt(() => {
    if (!stopped) door.say(['The demonstration ends here, and takes its ranch down.']);
    stopped = true;
  });
  door.say(['Bringing up seven hosts on loopback, SQ 0.5.1 on most of them ...']);
  try {
    const code = await playOnce(door, () => stopped);
    if (code === EXIT.ok) door.say(NEXT);
    return code;
  } finally {
    letGo();
  }
};

export default command;
