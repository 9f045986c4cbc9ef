import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HOST_FORM, parseFirstHosts } from '../../app/first-host.ts';
import { readIfThere } from '../../app/read-file.ts';
import { schemaFor } from '../../app/schema-place.ts';
import { versionOf } from '../../app/target.ts';
import { EXIT, RanchError, troubleOf } from '../../domain/errors.ts';
import { type FirstAnswers, type FirstHost, firstInventory } from '../../inventory/first-inventory.ts';
import { parseInventory } from '../../inventory/inventory.ts';
import { hostsFromSshConfig } from '../../inventory/ssh-config.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { count } from '../../views/quantity.ts';
import { troubleText } from '../../views/trouble-text.ts';
import type { Command, Door } from '../door.ts';

interface Flags {
  readonly fromSshConfig?: boolean;
  readonly hosts?: readonly string[];
  readonly user?: string;
  readonly name?: string;
}

async function sshHosts(door: Door): Promise<readonly FirstHost[]> {
  const file = door.options.sshConfig ?? join(homedir(), '.ssh', 'config');
  return hostsFromSshConfig((await readIfThere(file)) ?? '').map(({ name }) => ({ name }));
}

/** Asks until the answer can be read; nobody there, or nothing typed, means what stands in brackets. */
async function answer<T>(
  door: Door,
  question: string,
  otherwise: string,
  read: (text: string) => T,
): Promise<T> {
  const { ask } = door.io;
  if (!ask || !door.options.input) return read(otherwise);
  for (;;) {
    const typed = await ask(`${question}${otherwise === '' ? '' : ` [${otherwise}]`}: `, false);
    try {
      return read(typed?.trim() || otherwise);
    } catch (error) {
      if (typed === undefined) throw error;
      door.warn(troubleText(troubleOf(error), door.talk));
    }
  }
}

async function hostsOf(door: Door, flags: Flags): Promise<readonly FirstHost[]> {
  if (flags.hosts) return parseFirstHosts(flags.hosts.join(','));
  const known = await sshHosts(door);
  if (flags.fromSshConfig) return known;
  const names = known.map(({ name }) => name).join(',');
  return answer(door, `Hosts, comma separated, each as ${HOST_FORM}`, names, parseFirstHosts);
}

async function askAll(door: Door, flags: Flags): Promise<FirstAnswers> {
  const hosts = await hostsOf(door, flags);
  if (hosts.length === 0) {
    throw new RanchError({
      code: 'input-needed',
      place: 'ranch init',
      message: 'no host was named, and ~/.ssh/config names none',
      remedy: 'Run it where it can ask, or say --hosts a,b,c.',
    });
  }
  const open = hosts.some(({ user }) => user === undefined);
  const asItIs = (text: string): string => text;
  const question = 'SSH user of the hosts without one (nothing: as ~/.ssh/config says, else yours)';
  const user = flags.user ?? (open ? await answer(door, question, '', asItIs) : '');
  const ranch = flags.name ?? (await answer(door, 'Name of the ranch', 'ranch', asItIs));
  const version = await answer(door, 'Version of SQ that every host should run', '0.5.2', versionOf);
  const schema = schemaFor(door.options.inventory);
  return { ranch, version, hosts, ...(user === '' ? {} : { user }), ...(schema ? { schema } : {}) };
}

/** What was typed is held to the same rules as any inventory, before it is written. Throws `inventory-invalid`. */
function checked(answers: FirstAnswers, file: string): string {
  const text = firstInventory(answers);
  try {
    parseInventory(text, file);
    return text;
  } catch (error) {
    const trouble = troubleOf(error, file);
    const remedy = 'Nothing was written: run `ranch init` again and answer otherwise.';
    throw new RanchError({ ...trouble, remedy }, { cause: error });
  }
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
      remedy: 'Edit it, run init in an empty folder, or name another file with -i.',
    });
  }
  const answers = await askAll(door, flags);
  await writeFile(file, checked(answers, file), { flag: 'wx' });
  if (door.options.json) door.print([jsonLine({ type: 'inventory', file, hosts: answers.hosts })]);
  door.say([
    `Wrote ${file} with ${count(answers.hosts.length, 'host')}. Next: ranch check, ranch trust, ranch sweep`,
  ]);
  return EXIT.ok;
};

export default command;
