import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readIfThere } from '../../app/read-file.ts';
import { EXIT, RanchError } from '../../domain/errors.ts';
import { type FirstHost, firstInventory } from '../../inventory/first-inventory.ts';
import { parseInventory } from '../../inventory/inventory.ts';
import { hostsFromSshConfig } from '../../inventory/ssh-config.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { count } from '../../views/quantity.ts';
import type { Command, Door } from '../door.ts';

interface Flags {
  readonly fromSshConfig?: boolean;
  readonly hosts?: readonly string[];
  readonly name?: string;
}

async function sshHosts(door: Door): Promise<readonly FirstHost[]> {
  const file = door.options.sshConfig ?? join(homedir(), '.ssh', 'config');
  return hostsFromSshConfig((await readIfThere(file)) ?? '').map(({ name }) => ({ name }));
}

async function answer(door: Door, question: string, otherwise: string): Promise<string> {
  const { ask } = door.io;
  if (!ask || !door.options.input) return otherwise;
  const typed = (await ask(`${question} [${otherwise}] `, false))?.trim();
  return typed ? typed : otherwise;
}

async function hostsOf(door: Door, flags: Flags): Promise<readonly FirstHost[]> {
  if (flags.hosts) return flags.hosts.map((name) => ({ name }));
  const known = await sshHosts(door);
  if (flags.fromSshConfig) return known;
  const names = await answer(door, 'Hosts, comma separated', known.map(({ name }) => name).join(','));
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => ({ name }));
}

/** `ranch init`: a first inventory, by asking or from `~/.ssh/config`. Never overwrites one. */
const command: Command<Flags> = async (door, _args, flags) => {
  const file = door.options.inventory;
  const exists = await readFile(file, 'utf8').then(
    () => true,
    () => false,
  );
  if (exists) {
    throw new RanchError({
      code: 'usage',
      place: file,
      message: 'is there already, and init never overwrites',
      remedy: 'Edit it, or name another one with -i.',
    });
  }
  const hosts = await hostsOf(door, flags);
  if (hosts.length === 0) {
    throw new RanchError({
      code: 'input-needed',
      place: 'ranch init',
      message: 'no host was named, and ~/.ssh/config names none',
      remedy: 'Run it where it can ask, or say --hosts a,b,c.',
    });
  }
  const ranch = flags.name ?? (await answer(door, 'Name of the ranch', 'ranch'));
  const version = await answer(door, 'Version of SQ that every host should run', '0.5.2');
  const text = firstInventory({ ranch, version, hosts });
  // What was typed is held to the same rules as any inventory, before it is written.
  parseInventory(text, file);
  await writeFile(file, text, { flag: 'wx' });
  if (door.options.json) door.print([jsonLine({ type: 'inventory', file, hosts })]);
  door.say([
    `Wrote ${file} with ${count(hosts.length, 'host')}. Next: ranch check, ranch trust, ranch sweep`,
  ]);
  return EXIT.ok;
};

export default command;
