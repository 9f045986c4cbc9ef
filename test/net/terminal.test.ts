import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { type Behaviour, startServer } from '../ssh/server.ts';
import { addHosts } from './faulty-ways.ts';

/** Clears the screen, sets the title, colours by C1, turns the direction, goes back to the line's beginning. */
const EVIL = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eevil\r\u001b[1A\u2066';

/** What a terminal would act on. Lines end in a plain line feed, and nothing here has asked for colour. */
const UNSAFE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([oldHost('aurora-continuum')]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
  const [instance] = herd.lab.host('aurora-continuum').instances;
  if (instance === undefined) throw new Error('the lab host has no instance');
  await writeFile(join(instance.dataDir, `${EVIL.replaceAll('/', '')}.phext`), 'text');
  await appendFile(instance.log, `${EVIL}\n${EVIL}`);
});
afterAll(() => herd.close());

/** Hosts that put it wherever they can. */
const HOSTILE: Readonly<Record<string, Behaviour>> = {
  'greets-so': { onAuthentication: (connection) => connection.end() },
  'answers-so': {
    onExec: (_command, channel) => {
      channel.write(`${EVIL}\n`);
      channel.stderr.write(EVIL);
      channel.exit(1);
      channel.end();
    },
  },
  'answers-so-within': {
    onExec: (command, channel) => {
      const [, one, two] = /([0-9a-f]{16}) ([0-9a-f]{16})-begins/.exec(command) ?? [];
      channel.write(`${one}${two}-begins\n${EVIL}\t${EVIL}\n${EVIL}\n${one}${two}-ends 0\n`);
      channel.exit(0);
      channel.end();
    },
  },
};

test('nothing that a host says, names or logs reaches the terminal as it is', async () => {
  const authorized = [await readFile(`${herd.lab.clientKey}.pub`, 'utf8')];
  const hosts = new Map<string, { readonly port: number; readonly line: string }>();
  for (const [name, behaviour] of Object.entries(HOSTILE)) {
    hosts.set(name, await startServer({ ...behaviour, authorized, banner: EVIL }));
  }
  await addHosts(herd, hosts);
  const all = [...hosts.keys()].join(',');
  const lines = [
    'sweep',
    'sweep --json',
    'status',
    'status --json',
    'status aurora-continuum',
    'drift',
    ...[...hosts.keys()].flatMap((name) => [`status ${name}`, `logs ${name}`, `stop ${name} --yes`]),
    'logs aurora-continuum',
    'logs aurora-continuum --json',
    'plan 0.5.2',
    `rollout 0.5.2 --hosts ${all} --yes`,
    'rollout 0.5.2 --hosts aurora-continuum --yes --bake 0',
    'show',
    'show --json',
    'history',
    'trust',
  ];
  const wrong: string[] = [];
  let shown = 0;
  for (const line of lines) {
    const { stdout, stderr } = await herd.ranch(line.split(' '));
    const said = stdout + stderr;
    // Told, in a form that does no harm.
    if (said.includes('evil')) shown += 1;
    const at = said.search(UNSAFE);
    if (at !== -1) wrong.push(`ranch ${line}: ${JSON.stringify(said.slice(Math.max(0, at - 40), at + 20))}`);
  }
  console.info(
    `commands about hostile hosts: ${lines.length}, ${shown} of them told of it, unescaped: ${wrong.length}`,
  );
  expect(wrong).toEqual([]);
  expect(shown).toBeGreaterThan(5);
});
