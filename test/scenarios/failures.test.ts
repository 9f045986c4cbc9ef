import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { normaliser, told } from './script.ts';

/** A first line whose 32nd byte is the middle of a letter: on it libphext 0.3.0 fails. */
const SPLIT = `${'x'.repeat(31)}é, and more\n`;

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([oldHost('aurora-continuum', { tags: ['canary'] }), oldHost('halcyon-vector')]);
  for (const { dataDir, phext } of herd.lab.hosts.flatMap(({ instances }) => instances)) {
    await writeFile(join(dataDir, `${phext}.phext`), SPLIT);
  }
});
afterAll(async () => {
  await herd.close();
});

/** A binary that says 0.5.2 and fails on the host's content; a host that goes away; and the way out of both. */
const SCRIPT = [
  'artifact add {BROKEN} --version 0.5.2 -q',
  'rollout 0.5.2 --yes --bake 0 --plain',
  'show',
  'sweep',
  'retry --yes -q',
  'artifact add {SQ} --version 0.5.2',
  'artifact add {SQ} --version 0.5.2 --replace',
  'cut halcyon-vector',
  'rollout 0.5.2 --yes --bake 0 -q',
  'sweep',
  'heal halcyon-vector',
  'rollout 0.5.2 --yes --bake 0 -q',
  'history',
  'drift --exit-code',
  'status',
];

it('what fails and how it is told, command by command, as failures.txt tells it', async () => {
  const normal = normaliser(herd);
  const broken = await herd.brokenProgram();
  const before = await herd.standing();
  const out: string[] = [];
  for (const line of SCRIPT) {
    const [first, name = ''] = line.split(' ');
    if (first === 'cut' || first === 'heal') {
      await herd.lab.host(name)[first]();
      out.push(`# ${first} ${name}\n`);
      continue;
    }
    const words = line.replace('{SQ}', herd.program('0.5.2')).replace('{BROKEN}', broken).split(' ');
    out.push(told(line, await herd.ranch(words), normal));
    // The proof failed before the switch: the live servers never noticed.
    if (first === 'retry') expect(await herd.standing()).toEqual(before);
  }
  await expect(out.join('\n')).toMatchFileSnapshot('./failures.txt');
});
